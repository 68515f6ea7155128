import ArgumentParser
import Foundation
import ParlaDecoding
import ParlaTranscripts

/// `parla decode`.
struct Decode: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "decode",
    abstract: "Decode label probabilities into text.",
    discussion: """
      Example:

        parla decode probabilities.npy --alphabet alphabet.txt --beam-width 100 \\
          --candidates 3 --json

      The array is [frames, labels], probabilities of CTC labels with the blank last. The confidence of a \
      text is the natural logarithm that DeepSpeech reports; that of a word is the probability that it was said.
      """)

  @Argument(help: "The probabilities, as numpy.save() writes them.", completion: .file())
  var probabilities: String

  @OptionGroup var alphabet: AlphabetOptions

  @Option(help: "Number of texts, best first.")
  var candidates: Int = 1

  @Flag(help: "Write text, confidence, tokens and time steps as JSON.")
  var json = false

  @Flag(help: "With --json, the words of each text too, with their times and confidence.")
  var words = false

  @Option(
    help: ArgumentHelp("How long a frame lasts, for --words.", valueName: "milliseconds"),
    transform: finite)
  var frameStep = 20.0

  @OptionGroup(title: "Decoder") var decoder: DecoderOptions

  func run() throws {
    guard candidates >= 1 else {
      throw ValidationError("--candidates: found \(candidates), expected 1 or more.")
    }
    guard let alphabet = try alphabet.read() else {
      throw ValidationError("Pass the labels with --alphabet FILE, or --bytes-output-mode.")
    }
    let input = try LabelProbabilities(path: probabilities)
    guard input.labelCount == alphabet.labelCount else {
      throw ValidationError(
        "\(probabilities): found \(input.labelCount) labels, expected \(alphabet.labelCount): "
          + "the \(alphabet.labels.count) of \(self.alphabet.alphabet ?? "UTF-8") and the blank.")
    }
    let found = try texts(input, alphabet)
    if json {
      print(try Self.json(found, alphabet: alphabet, hasWords: words))
    } else {
      for transcript in found { print(transcript.text) }
    }
  }

  private func texts(_ input: LabelProbabilities, _ alphabet: Alphabet) throws -> [Transcript] {
    guard let decoder = try decoder.beamSearch(alphabet) else {
      var search = GreedySearchState()
      search.step(input)
      return [search.transcript(alphabet: alphabet, secondsPerFrame: frameStep / 1000)]
    }
    var search = decoder.begin(labelCount: input.labelCount)
    search.step(input)
    return search.transcripts(
      candidates, alphabet: alphabet, secondsPerFrame: frameStep / 1000)
  }

  private static func json(
    _ transcripts: [Transcript], alphabet: Alphabet, hasWords: Bool
  ) throws -> String {
    let rows = transcripts.map { transcript in
      Document.Row(
        text: transcript.text, confidence: transcript.naturalLogProbability,
        tokens: transcript.tokens.map(\.label), timesteps: transcript.tokens.map(\.frame),
        words: hasWords ? transcript.words.map(\.rounded) : nil)
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(Document(candidates: rows)), as: UTF8.self)
  }

  private struct Document: Encodable {
    let candidates: [Row]

    struct Row: Encodable {
      let text: String
      let confidence: Double
      let tokens: [Int]
      let timesteps: [Int]
      let words: [Word]?
    }
  }
}

extension Word {
  /// The word with times and confidence that print as 0.3, not 0.30000000000000004.
  fileprivate var rounded: Word {
    func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
    return Word(
      text: text, start: rounded(start), end: rounded(end), confidence: confidence.map(rounded))
  }
}
