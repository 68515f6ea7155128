import ArgumentParser
import Foundation
import ParlaLanguageModel

/// `parla lm binarize`.
struct LanguageModelBinarize: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "binarize",
    abstract: "Convert an ARPA file to a binary that loads at once, as build_binary does.",
    discussion: """
      Two structures: probing is the fastest, trie the smallest. The smallest trie of all has \
      quantised numbers and compressed pointers, as scorers of DeepSpeech have it.

      EXAMPLES
        parla lm binarize english.arpa.gz english.binary
        parla lm binarize trie english.arpa small.binary -q 8 -a 255
      """)

  /// The data structures.
  enum Structure: String, ExpressibleByArgument {
    case probing, trie
  }

  @Argument(
    help: ArgumentHelp("[probing|trie] ARPA BINARY", valueName: "arguments"), completion: .file())
  var arguments: [String]

  @Option(
    name: [.customShort("q", allowingJoined: true), .long],
    help: "Trie: bits of a quantised probability.")
  var probabilityBits: Int?

  @Option(
    name: [.customShort("b", allowingJoined: true), .long],
    help: "Trie: bits of a quantised backoff (default: as many as for probabilities).")
  var backoffBits: Int?

  @Option(
    name: [.customShort("a", allowingJoined: true), .long],
    help: "Trie: compress pointers by at most this many bits each; 255 saves the most.")
  var pointerArrayBits: Int?

  @Option(
    name: [.customShort("p", allowingJoined: true), .long],
    help: "Probing: places in the hash tables for an n-gram, above 1.", transform: finite)
  var probingMultiplier: Float = 1.5

  @Option(
    name: [.customShort("u", allowingJoined: true), .customLong("unknown-log10")],
    help: "Log10 probability of <unk> where the ARPA file has none.", transform: finite)
  var unknownLog10Probability: Float = -100

  @Flag(name: [.customShort("s"), .long], help: "Accept models without <s> and </s>.")
  var allowMissingSentenceMarks = false

  @Flag(name: [.customShort("i"), .long], help: "Read log10 probabilities above 0 as 0.")
  var allowPositive = false

  @Flag(
    name: [.customShort("v"), .customLong("omit-vocabulary")],
    help: "Omit the words themselves, which scoring does not need.")
  var omitsVocabulary = false

  func run() throws {
    var options = ARPAOptions()
    options.unknownLog10Probability = unknownLog10Probability
    options.allowsMissingSentenceMarks = allowMissingSentenceMarks
    options.allowsPositive = allowPositive
    let (structure, arpa, binary) = try places()
    try KenLMBinaryFile.build(
      arpa: arpa, to: binary, format: try format(structure), hasVocabulary: !omitsVocabulary,
      options: options)
  }

  private func places() throws -> (Structure, arpa: String, binary: String) {
    if arguments.count == 2 { return (.probing, arguments[0], arguments[1]) }
    guard arguments.count == 3, let structure = Structure(rawValue: arguments[0]) else {
      throw ValidationError(
        "Pass an ARPA file and a binary to write, optionally after probing or trie: "
          + "parla lm binarize trie ARPA BINARY.")
    }
    return (structure, arguments[1], arguments[2])
  }

  private func format(_ structure: Structure) throws -> KenLMBinaryFile.Format {
    if structure == .trie {
      return .trie(
        probabilityBits: probabilityBits, backoffBits: backoffBits,
        pointerArrayBits: pointerArrayBits)
    }
    guard probabilityBits == nil, backoffBits == nil, pointerArrayBits == nil else {
      throw ValidationError("Only a trie has -q, -b and -a: parla lm binarize trie ARPA BINARY.")
    }
    return .probing(multiplier: probingMultiplier)
  }
}
