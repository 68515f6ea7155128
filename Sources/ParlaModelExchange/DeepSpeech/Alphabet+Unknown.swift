package import ParlaAcousticModel
package import ParlaTranscripts

extension Alphabet {
  /// Labels that stand for ones that nobody names: characters for private use.
  ///
  /// - Throws: `ModelError.damaged` for more of them than there can be.
  package static func anonymous(_ count: Int, path: String) throws(ModelError) -> Alphabet {
    let labels = (0..<count).compactMap { Unicode.Scalar(0xf0000 + $0).map { "\($0)" } }
    do { return try Alphabet(labels: labels) } catch {
      throw .damaged(path: path, reason: "\(count) labels")
    }
  }
}
