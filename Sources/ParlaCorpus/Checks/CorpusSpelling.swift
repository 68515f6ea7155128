import ParlaFiles
import ParlaSpelling
package import ParlaTranscripts

/// Finds odd characters in a corpus: oddities of single samples, seen in the context of all others.
package struct CorpusSpelling {
  /// The alphabet that was chosen, with its capitals, digits and marks, if one was.
  private let alphabet: Alphabet?

  /// All code points of all transcripts.
  private let all: Set<Unicode.Scalar>

  /// Those of the training manifests, if there are others.
  private let learnt: Set<Unicode.Scalar>?

  /// How many manifests are for training: the first ones.
  private let learntCount: Int

  /// The names of these.
  private let learntNames: String

  init(_ manifests: [Manifest], alphabet: Alphabet?, learntCount: Int = 1) {
    self.alphabet = alphabet
    self.learntCount = learntCount
    learntNames = manifests.prefix(learntCount).map(\.path.fileName).joined(separator: ", ")
    let sets = manifests.map { manifest in
      manifest.samples.reduce(into: Set<Unicode.Scalar>()) {
        $0.formUnion($1.transcript.unicodeScalars)
      }
    }
    all = sets.reduce(into: []) { $0.formUnion($1) }
    learnt =
      sets.count > learntCount
      ? sets.prefix(learntCount).reduce(into: []) { $0.formUnion($1) } : nil
  }

  /// What is odd about `transcript`, a finding for each kind.
  func oddities(
    in transcript: String, manifest: Int
  ) -> [(kind: CorpusFinding.Kind, message: String)] {
    let found = TranscriptOddity.all(in: transcript).filter(matters)
    var findings: [(kind: CorpusFinding.Kind, message: String)] = []
    for kind in TranscriptOddity.Kind.allCases {
      let own = found.filter { $0.kind == kind }
      guard !own.isEmpty else { continue }
      findings.append((CorpusFinding.Kind(kind), message(own.map(\.description), transcript)))
    }
    if manifest >= learntCount, alphabet == nil, let learnt {
      var unlearnt: [Unicode.Scalar] = []
      for scalar in transcript.unicodeScalars
      where !learnt.contains(scalar) && !unlearnt.contains(scalar) {
        unlearnt.append(scalar)
      }
      if !unlearnt.isEmpty {
        findings.append(
          (
            .unlearntCharacter,
            message(unlearnt.map { named(String($0)) }, transcript) + ", not in \(learntNames)"
          ))
      }
    }
    return findings
  }

  private func matters(_ oddity: TranscriptOddity) -> Bool {
    switch oddity.kind {
    case .capital, .digit, .punctuation: alphabet == nil
    case .decomposed: oddity.meant?.unicodeScalars.allSatisfy(all.contains) ?? false
    case .invisible, .otherSpace, .lookAlike: true
    }
  }

  private func message(_ characters: [String], _ transcript: String) -> String {
    "\(characters.joined(separator: "; ")) in \"\(visible(transcript))\""
  }
}

extension CorpusSpelling {
  /// What a training should be warned of before it makes labels of all characters of `manifests`, of which it learns from the
  /// first `learntCount`: a sentence for each kind, with the first place.
  package static func warnings(
    _ manifests: [Manifest], alphabet: Alphabet?, learntCount: Int
  ) -> [String] {
    let spelling = CorpusSpelling(manifests, alphabet: alphabet, learntCount: learntCount)
    var found: [CorpusFinding.Kind: (count: Int, first: String)] = [:]
    for (index, manifest) in manifests.enumerated() {
      for sample in manifest.samples {
        for (kind, message) in spelling.oddities(in: sample.transcript, manifest: index) {
          found[kind, default: (0, "\(manifest.path):\(sample.line): \(message)")].count += 1
        }
      }
    }
    return CorpusFinding.Kind.allCases.compactMap { kind in
      found[kind].map { count, first in
        "Warning: \(kind), in \(counted(count, "sample")): \(first)"
          + (count == 1 ? "" : ", and others; `parla corpus check` names more")
      }
    }
  }
}

extension CorpusFinding.Kind {
  fileprivate init(_ kind: TranscriptOddity.Kind) {
    self =
      switch kind {
      case .invisible: .invisibleCharacter
      case .otherSpace: .otherSpace
      case .decomposed: .twoForms
      case .lookAlike: .lookAlike
      case .capital: .capital
      case .digit: .digit
      case .punctuation: .punctuation
      }
  }
}
