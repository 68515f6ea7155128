import Foundation
import ParlaTestSupport
import ParlaTranscripts
import Testing

@testable import ParlaDecoding

@Suite struct GrammarTests {
  @Test func sentencesWithAlternativesAndOptionalPartsAreAllowed() throws {
    let grammar = try Grammar(
      sentences: ["turn [the] (light|radio) (on | off)  # lamps", "", "stop"], alphabet: .english)
    let allowed = [
      "turn the light on", "turn radio off", "turn the radio off", "stop",
    ]
    let forbidden = ["turn the on", "turn the light", "stop ", "stop stop", "the radio on", ""]
    for sentence in allowed { #expect(try Self.accepts(grammar, sentence), "\(sentence)") }
    for sentence in forbidden { #expect(try !Self.accepts(grammar, sentence), "\(sentence)") }
  }

  @Test func wordsAreAllowedInAnyOrder() throws {
    let grammar = try Grammar(words: ["one", "on", "two"], alphabet: .english)
    for sentence in ["one", "two one on one", "on on"] {
      #expect(try Self.accepts(grammar, sentence), "\(sentence)")
    }
    for sentence in ["onetwo", "one tw", "three", "two "] {
      #expect(try !Self.accepts(grammar, sentence), "\(sentence)")
    }
    let many = try Grammar(
      words: (0..<2000).map { Alphabet.english.decode([$0 % 26, $0 / 26 % 26, 5, $0 / 676]) },
      alphabet: .english)
    #expect(many.automaton.stateCount < 4000)
  }

  @Test(arguments: ["\n", "\r\n"]) func linesOfAnyProgramAreLines(end: String) throws {
    try withTemporaryFolder { folder in
      let path = folder + "/commands.txt"
      let text = "\u{FEFF}stop" + end + "go # on" + end + end + "turn left"
      try Data(text.utf8).write(to: URL(fileURLWithPath: path))
      let grammar = try Grammar(path: path, alphabet: .english)
      for sentence in ["stop", "go", "turn left"] {
        #expect(try Self.accepts(grammar, sentence), "\(sentence)")
      }
      #expect(try !Self.accepts(grammar, "stop go"))
    }
  }

  @Test func equalEndingsShareStates() throws {
    let grammar = try Grammar(sentences: ["(a|b) (a|b) (a|b) (a|b)"], alphabet: .english)
    #expect(grammar.automaton.stateCount < 20)
  }

  @Test(arguments: [
    ("turn (on", 9, "the line's end", "\")\""), ("turn [on)", 9, "\")\"", "\"]\""),
    ("turn on)", 8, "\")\"", "a \"(\" or \"[\" before it"),
  ])
  func bracketsMustMatch(line: String, column: Int, found: String, expected: String) {
    #expect(
      throws: DecodingError.malformedGrammar(
        path: "sentences", line: 2, column: column, found: found, expected: expected)
    ) { try Grammar(sentences: ["stop", line], alphabet: .english) }
  }

  @Test func bracketsInBracketsEnd() {
    #expect(throws: DecodingError.self) {
      try Grammar(sentences: [String(repeating: "(", count: 100_000)], alphabet: .english)
    }
  }

  @Test func wordsOutsideTheAlphabetAreNamed() {
    #expect(throws: DecodingError.unwritableWord(word: "Café", characters: ["C", "é"])) {
      try Grammar(sentences: ["Café"], alphabet: .english)
    }
  }

  @Test func onlySentencesOfTheGrammarAreRecognised() throws {
    // "she had your dark suit in greasy wash water all year", spoken.
    let input = try DecodingGoldens.probabilities("ldc_noise0")
    let sentence = "she had your (dark|light) [and greasy] suit in greasy wash water all (year|ear)"
    let grammar = try Grammar(sentences: [sentence, "stop"], alphabet: .english)
    let found = BeamSearchDecoder(grammar: grammar).decode(input, candidateCount: 5)
    let texts = found.map { Alphabet.english.decode($0.tokens.map(\.label)) }
    #expect(texts.first == "she had your dark suit in greasy wash water all year")
    for text in texts { #expect(try text.isEmpty || Self.accepts(grammar, text), "\(text)") }
  }

  @Test func halfASentenceIsNothing() throws {
    let input = try DecodingGoldens.probabilities("ldc_clean")
    let half = LabelProbabilities(
      frameCount: 60, labelCount: 29, values: Array(input.values[..<(60 * 29)]))
    let grammar = try Grammar(
      sentences: ["she had your dark suit in greasy wash water all year"], alphabet: .english)
    var search = BeamSearchDecoder(beamWidth: 5, grammar: grammar).begin(labelCount: 29)
    search.step(half)
    #expect(search.candidates(3).map(\.tokens) == [[]])
    let transcripts = search.transcripts(alphabet: .english, secondsPerFrame: 0.02)
    #expect(transcripts.map(\.text) == [""])
  }

  @Test func bytesNeedNoAlphabet() throws {
    let input = try DecodingGoldens.probabilities("bytes0")
    let grammar = try Grammar(sentences: ["ab (c|d)", "ü"], alphabet: nil)
    let found = BeamSearchDecoder(beamWidth: 50, grammar: grammar).decode(
      input, candidateCount: 9)
    let texts = Set(found.map { Scorer.Units.bytes.text($0.tokens.map(\.label)) })
    #expect(texts.isSubset(of: ["", "ab c", "ab d", "ü"]))
  }

  private static func accepts(_ grammar: Grammar, _ sentence: String) throws -> Bool {
    var state = grammar.automaton.start
    for label in try Alphabet.english.encode(sentence) {
      state = grammar.automaton.state(after: Int32(label), in: state)
    }
    return state != GrammarAutomaton.none && grammar.automaton.accepts(state)
  }
}
