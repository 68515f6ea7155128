package import ParlaAcousticModel
package import ParlaTranscripts

extension Alphabet {
  /// Placeholders for unknown labels: private-use characters.
  ///
  /// - Throws: `ModelError.damaged` if there are too many of them.
  package static func anonymous(_ count: Int, path: String) throws(ModelError) -> Alphabet {
    let labels = (0..<count).compactMap { Unicode.Scalar(0xf0000 + $0).map { "\($0)" } }
    do { return try Alphabet(labels: labels) } catch {
      throw .damaged(path: path, reason: "\(count) labels")
    }
  }
}
