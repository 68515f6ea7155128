import ParlaCorpus
import ParlaFiles
import ParlaTranscripts

/// What most transcripts have and an alphabet has not: they are in another language.
public struct ForeignTranscripts: Sendable, Equatable {
  /// Whose alphabet it is.
  public enum Writer: Sendable, Equatable {
    /// A trained model with this name.
    case model(String)
    /// The alphabet of a training, from the file that was named.
    case alphabet(path: String?)
  }

  /// How many transcripts cannot be written.
  public let count: Int
  /// How many there are.
  public let sampleCount: Int
  /// Whose alphabet it is.
  public let writer: Writer
  /// What they have and the alphabet has not, the most frequent first.
  public let characters: [String]
  /// The alphabet.
  public let labels: [String]

  /// Looks through the transcripts of `manifests`; nil where so few cannot be written that each is better named.
  init?(_ manifests: [Manifest], alphabet: Alphabet, writer: Writer) {
    let transcripts = manifests.lazy.flatMap { $0.samples.lazy.map(\.transcript) }
    var counts: [String: Int] = [:]
    var (foreignCount, sampleCount) = (0, 0)
    for transcript in transcripts {
      let unknown = alphabet.unknownCharacters(in: transcript)
      for character in unknown { counts[character, default: 0] += 1 }
      foreignCount += unknown.isEmpty ? 0 : 1
      sampleCount += 1
    }
    guard foreignCount > 10, 4 * foreignCount > sampleCount else { return nil }
    (count, self.sampleCount) = (foreignCount, sampleCount)
    self.writer = writer
    labels = alphabet.labels
    characters = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key)
  }

  /// What was found, what was expected, what to do.
  var description: String {
    let (name, advice) =
      switch writer {
      case .model(let name): (name, "Pass a model of that language, or samples of the model's.")
      case .alphabet(let path):
        (
          path ?? "the alphabet",
          "Pass the alphabet of that language; without --alphabet it is made of the transcripts."
        )
      }
    return "\(count) of \(sampleCount) transcripts have characters that \(name) cannot write: "
      + "\(Self.list(characters, limit: 20)); it writes: \(Self.list(labels, limit: 50)). \(advice)"
  }

  private static func list(_ characters: [String], limit: Int) -> String {
    characters.prefix(limit).map { $0 == " " ? "space" : visible($0) }.joined(separator: " ")
      + (characters.count > limit ? " …" : "")
  }
}
