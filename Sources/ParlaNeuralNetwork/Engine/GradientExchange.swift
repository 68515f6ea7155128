/// The gradients of a step on their way to their sums over all peers, while the rest of the backward pass is computed.
///
/// They leave in the order in which they are complete, which is that of all peers, several small ones together: Li et al. 2020, "PyTorch
/// Distributed", section 3.2.
struct GradientExchange: Sendable {
  private let peers: any Peers
  private let isWanted: [Bool]
  private let before: Parameters?
  private var bucket: [(index: Int, tensor: Tensor)] = []
  private var underWay: [(indices: [Int], sum: PendingSum)] = []

  /// So many numbers leave together, at least: 4 MiB.
  private static let bucketLength = 1 << 20

  /// Exchanges those gradients of parameters that are wanted, with what earlier parts of the batch have brought.
  init(_ peers: any Peers, isWanted: [Bool], adding before: Parameters?) {
    self.peers = peers
    self.isWanted = isWanted
    self.before = before
  }

  /// Takes the complete gradients of the parameters at `indices`.
  mutating func add(_ tensors: [Tensor], of indices: Range<Int>) {
    for (index, var tensor) in zip(indices, tensors) where isWanted[index] {
      if let before { tensor.add(before.tensors[index]) }
      bucket.append((index, tensor))
    }
    if bucket.reduce(0, { $0 + $1.tensor.count }) >= Self.bucketLength { send() }
  }

  /// Sends what has not left yet.
  mutating func send() {
    guard !bucket.isEmpty else { return }
    let indices = bucket.map(\.index)
    let tensors = bucket.map(\.tensor)
    bucket = []
    underWay.append((indices, peers.beginSum(tensors)))
  }

  /// Waits for the sums; what is not wanted is zero.
  consuming func sums(of specifications: [ParameterSpecification]) -> Parameters {
    send()
    var found: [Tensor?] = specifications.map { _ in nil }
    for (indices, sum) in underWay {
      for (index, tensor) in zip(indices, sum.wait()) { found[index] = tensor }
    }
    return Parameters(
      specifications: specifications,
      tensors: zip(found, specifications).map { $0 ?? Tensor(shape: $1.shape) })
  }
}
