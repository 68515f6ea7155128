/// What stands beyond the ends of a batch's shorter sequences to a layer that looks across frames.
///
/// By itself a sequence ends where it ends, so that its output is what it would be alone. PyTorch's layers know no lengths: to compute what a
/// network of transformers computes of a batch, some of them must see what those see.
package enum PaddingFrames: String, CaseIterable, Sendable {
  /// Nothing.
  case none
  /// Zeros, which are frames like others.
  case zero
  /// What the layer before made of them, which are frames like others.
  case kept

  /// `input` as the layer sees it.
  func seen(_ input: consuming Sequences) -> Sequences {
    switch self {
    case .none: return input
    case .kept: return Sequences(full: input.values)
    case .zero:
      let lengths = input.lengths
      input.values.clear(beyond: lengths)
      return Sequences(full: input.values)
    }
  }

  /// The lengths of sequences in a batch of `frameCount` frames as the layer sees them.
  func seen(_ lengths: [Int], frameCount: Int) -> [Int] {
    self == .none ? lengths : lengths.map { _ in frameCount }
  }
}
