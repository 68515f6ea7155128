import ParlaTranscripts

/// Which characters of a corpus are odd: what could be said of a sample by itself, seen beside all others.
struct CorpusSpelling {
  /// The alphabet that was chosen, with its capitals, digits and marks, if one was.
  private let alphabet: Alphabet?

  /// All code points of all transcripts.
  private let all: Set<Unicode.Scalar>

  /// Those of the first manifest, when there are others.
  private let first: Set<Unicode.Scalar>?

  init(_ manifests: [Manifest], alphabet: Alphabet?) {
    self.alphabet = alphabet
    let sets = manifests.map { manifest in
      manifest.samples.reduce(into: Set<Unicode.Scalar>()) {
        $0.formUnion($1.transcript.unicodeScalars)
      }
    }
    all = sets.reduce(into: []) { $0.formUnion($1) }
    first = sets.count > 1 ? sets[0] : nil
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
    if manifest > 0, alphabet == nil, let first {
      var unlearnt: [Unicode.Scalar] = []
      for scalar in transcript.unicodeScalars
      where !first.contains(scalar) && !unlearnt.contains(scalar) {
        unlearnt.append(scalar)
      }
      if !unlearnt.isEmpty {
        findings.append(
          (.unlearntCharacter, message(unlearnt.map { named(String($0)) }, transcript)))
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
