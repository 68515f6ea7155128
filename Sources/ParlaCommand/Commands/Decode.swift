import ArgumentParser
import Foundation
import ParlaDecoding
import ParlaTranscripts

/// `parla decode`.
struct Decode: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Turn label probabilities that you bring into text.",
    discussion: """
      Example:

        parla decode probabilities.npy --alphabet alphabet.txt --beam-width 100 --candidates 3 --json

      The array is [frames, labels], probabilities of CTC labels with the blank last.
      """)

  @Argument(help: "The probabilities, as numpy.save() writes them.")
  var probabilities: String

  @Option(
    name: [.customLong("alphabet"), .customLong("alphabet-config-path")],
    help: ArgumentHelp("The labels, one a line.", valueName: "file"))
  var alphabet: String

  @Option(help: "How many texts are given, best first.")
  var candidates: Int = 1

  @Flag(help: "Write text, confidence, tokens and time steps as JSON.")
  var json = false

  @OptionGroup(title: "Decoder") var decoder: DecoderOptions

  func run() throws {
    guard candidates >= 1 else {
      throw ValidationError("--candidates: found \(candidates), expected 1 or more.")
    }
    let alphabet = try Alphabet(path: alphabet)
    let input = try LabelProbabilities(path: probabilities)
    guard input.labelCount == alphabet.labelCount else {
      throw ValidationError(
        "\(probabilities): found \(input.labelCount) labels, expected \(alphabet.labelCount): "
          + "the \(alphabet.labels.count) of \(self.alphabet) and the blank.")
    }
    let found =
      try decoder.beamSearch(alphabet)?.decode(input, candidateCount: candidates)
      ?? [GreedyDecoder().decode(input)]
    if json {
      print(try Self.json(found, alphabet: alphabet))
    } else {
      for candidate in found { print(alphabet.decode(candidate.tokens.map(\.label))) }
    }
  }

  private static func json(_ candidates: [Candidate], alphabet: Alphabet) throws -> String {
    let rows = candidates.map { candidate in
      Document.Row(
        text: alphabet.decode(candidate.tokens.map(\.label)),
        confidence: candidate.naturalLogProbability, tokens: candidate.tokens.map(\.label),
        timesteps: candidate.tokens.map(\.frame))
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
    }
  }
}
