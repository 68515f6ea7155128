/// The gradients of a step on their way to their sums over all peers, while the rest of the backward pass is computed.
///
/// They leave in the order in which they are complete, which is that of all peers, several small ones together: Li et al. 2020, "PyTorch
/// Distributed", section 3.2.
package struct GradientExchange: Sendable {
  private let peers: any Peers
  private let isWanted: [Bool]
  private let before: Parameters?
  private var bucket: [(index: Int, tensor: Tensor)] = []
  private var underWay: [(indices: [Int], sum: PendingSum)] = []

  /// So many numbers leave together, at least: 4 MiB.
  private static let bucketLength = 1 << 20

  /// Exchanges those gradients of parameters that are wanted, with what earlier parts of the batch have brought.
  package init(_ peers: any Peers, isWanted: [Bool], adding before: Parameters?) {
    self.peers = peers
    self.isWanted = isWanted
    self.before = before
  }

  /// Takes the complete gradients of the parameters at `indices`.
  ///
  /// They must be held by nobody else: their sums replace them.
  package mutating func add(_ tensors: consuming [Tensor], of indices: Range<Int>) {
    for index in indices.reversed() {
      var tensor = tensors.removeLast()
      guard isWanted[index] else { continue }
      if let before { tensor.add(before.tensors[index]) }
      bucket.append((index, consume tensor))
    }
    if bucket.reduce(0, { $0 + $1.tensor.count }) >= Self.bucketLength { send() }
  }

  /// Sends what has not left yet.
  package mutating func send() {
    guard !bucket.isEmpty else { return }
    let indices = bucket.map(\.index)
    let tensors = bucket.map(\.tensor)
    bucket = []
    underWay.append((indices, peers.beginSum(consume tensors)))
  }

  /// Waits for the sums; what is not wanted is zero.
  package consuming func sums(of specifications: [ParameterSpecification]) -> Parameters {
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
