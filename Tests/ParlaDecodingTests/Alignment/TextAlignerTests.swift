import Foundation
import ParlaTranscripts
import Testing

@testable import ParlaDecoding

/// Texts are found in made-up probabilities, whatever is wrong with either.
@Suite struct TextAlignerTests {
  private let alphabet: Alphabet

  init() throws { alphabet = try Alphabet(labels: [" "] + "abcdefghij".map(String.init)) }

  /// Probabilities as a sure network gives them: a frame for each letter, two blanks after it, and where it errs another letter.
  private struct Sound {
    var values: [Float] = []
    var frame: Int { values.count / labelCount }
    let labelCount: Int
    private var state: UInt64 = 7

    init(_ alphabet: Alphabet) { labelCount = alphabet.labelCount }

    mutating func say(_ text: String, _ alphabet: Alphabet, errors: Int = 0) throws {
      for label in try alphabet.encode(text) {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        let isError = Int(state >> 33) % 100 < errors
        add(isError ? (label + 3) % (labelCount - 1) : label, instead: isError ? label : nil)
        silence(2)
      }
    }

    mutating func silence(_ count: Int) { for _ in 0..<count { add(labelCount - 1) } }

    private mutating func add(_ label: Int, instead: Int? = nil) {
      var row = [Float](repeating: 0.02 / Float(labelCount), count: labelCount)
      row[label] += instead == nil ? 0.98 : 0.78
      if let instead { row[instead] += 0.2 }
      values += row
    }

    var probabilities: LabelProbabilities {
      LabelProbabilities(frameCount: frame, labelCount: labelCount, values: values)
    }
  }

  private func aligned(
    _ sound: Sound, _ passages: [String], pieceLength: Int = 50
  ) -> (text: AlignmentText, found: [TextAligner.Found]) {
    let text = AlignmentText(passages, alphabet: alphabet)
    var aligner = TextAligner(
      text, blank: sound.labelCount - 1, space: alphabet.spaceLabel)
    for start in stride(from: 0, to: sound.frame, by: pieceLength) {
      let end = min(start + pieceLength, sound.frame)
      aligner.feed(
        LabelProbabilities(
          frameCount: end - start, labelCount: sound.labelCount,
          values: Array(sound.values[start * sound.labelCount..<end * sound.labelCount])),
        startFrame: start)
    }
    return (text, aligner.finish())
  }

  @Test func everyWordIsWhereItIsSaid() throws {
    var sound = Sound(alphabet)
    var starts: [Int] = []
    sound.silence(20)
    for word in ["abc", "dd", "aef"] {
      starts.append(sound.frame)
      try sound.say(word, alphabet)
      try sound.say(" ", alphabet)
    }
    let (_, found) = aligned(sound, ["Abc dd,", "aef!"], pieceLength: 7)
    #expect(found.map(\.word) == [0, 1, 2])
    #expect(found.map(\.frames.lowerBound) == starts)
    #expect(found.map(\.frames.count) == [7, 4, 7])
    #expect(found.allSatisfy { $0.score > -1 })
  }

  private static let passages = [
    "abba cabb dabc", "egg hig fad gab", "jab beg chid feed", "bad cab fag hide",
    "aha fee gigi jib",
    "decaf each bead", "hidjab facade baggage", "caged beach efface",
  ]

  /// What is said, with passages left out, added and exchanged, and letters misheard.
  @Test func missingAddedAndExchangedPassagesAreReported() throws {
    var said = Self.passages
    said.remove(at: 2)
    said.insert("gagged hedge bid", at: 4)
    said[5] = "jig hag jif dab"
    var sound = Sound(alphabet)
    var places: [String: Int] = [:]
    for passage in said {
      sound.silence(15)
      places[passage] = sound.frame
      try sound.say(passage, alphabet, errors: 15)
    }
    let (text, found) = aligned(sound, Self.passages)
    let passages = AlignedPassage.all(of: text, found: found)
    let sure = passages.filter { $0.confidence > 0.3 }
    #expect(sure.map(\.passage) == [0, 1, 3, 4, 6, 7].filter { places[Self.passages[$0]] != nil })
    for passage in sure {
      let place = try #require(places[Self.passages[passage.passage]])
      #expect(abs(passage.frames.lowerBound - place) <= 6, "\(passage)")
    }
  }

  @Test func wordsFoundFarFromTheOthersAreNotCounted() throws {
    let text = AlignmentText(["ab cde fgh", "ab"], alphabet: alphabet)
    func passages(_ gaps: [Double]) -> [AlignedPassage] {
      let places = [0..<8, 100..<120, 130..<150, 160..<170]
      return AlignedPassage.all(
        of: text,
        found: zip(places, gaps).enumerated().map { word, place in
          .init(word: word, frames: place.0, score: -1, gapScore: place.1)
        })
    }
    // As much as a price of words that were left out; and sound for half a minute.
    for (gaps, frames, missing) in [
      ([0.0, -6, -6, -6], 0..<150, (0, 0)), ([0, -90, -6, -6], 100..<150, (2, 0)),
      ([-90, -6, -90, -90], 0..<120, (0, 3)),
    ] {
      let found = passages(gaps)
      #expect(found.map(\.passage) == [0, 1])
      #expect(found[0].frames == frames)
      #expect(found[0].missingLabelsBefore == missing.0)
      #expect(found[0].missingLabelsAfter == missing.1)
      #expect(found[1].frames == 160..<170)
      #expect(found[1].confidence == exp(-0.5))
    }
  }

  @Test func longTextsNeedNoMoreMemoryThanTheirWords() throws {
    var generator: UInt64 = 3
    let words = (0..<800).map { _ in
      String(
        (0..<4).map { _ in
          generator = generator &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
          return Array("abcdefghij")[Int(generator >> 33) % 10]
        })
    }
    let lines = stride(from: 0, to: words.count, by: 10).map {
      words[$0..<$0 + 10].joined(separator: " ")
    }
    // What is said begins in the middle of the text: a far leap.
    var sound = Sound(alphabet)
    try sound.say(
      "jjj iii jjj iii hhh ggg fff eee ddd ccc jjj iii jjj iii hhh ggg fff eee ddd ccc", alphabet)
    sound.silence(600)
    for line in lines[40...] {
      try sound.say(line, alphabet, errors: 5)
      sound.silence(5)
    }
    let (text, found) = aligned(sound, lines, pieceLength: 400)
    let sure = AlignedPassage.all(of: text, found: found).filter { $0.confidence > 0.3 }
    #expect(sure.map(\.passage) == Array(40..<80))
  }

  @Test func passagesAreLinesOrSentences() {
    #expect(AlignmentText.passages(of: "one two\n\nthree\n") == ["one two", "three"])
    let long = String(repeating: "word ", count: 50)
    #expect(
      AlignmentText.passages(of: "\(long)end. Is it? \"Yes.\" And so on")
        == ["\(long)end.", "Is it?", "\"Yes.\"", "And so on"])
  }

  @Test func wordsAreSpelledByTheAlphabet() {
    let text = AlignmentText(["Bad-Egg, 12 ÄB"], alphabet: alphabet)
    #expect(text.words.map(\.text) == ["Bad", "Egg,", "ÄB"])
    #expect(text.spelling(0..<3, alphabet) == "bad egg b")
  }

  @Test func whatTheAlphabetLacksOfWhatIsSaidIsKnown() {
    let text = AlignmentText(
      ["A bad \"egg\" – fed!", "2day 12 £", "34", "Äh, cab: 2"], alphabet: alphabet)
    #expect(text.missingCharacters == [[], ["2", "y", "1", "£"], ["Ä", "2"]])
    #expect(
      text.missing
        == .init(
          passageCount: 3, characters: ["2", "y", "1", "£", "3", "4", "Ä"], example: "2day 12 £"))
    let english = AlignmentText(["Don’t say “no”."], alphabet: .english)
    #expect(english.missing == nil)
    #expect(english.spelling(0..<3, .english) == "don't say no")
  }
}
