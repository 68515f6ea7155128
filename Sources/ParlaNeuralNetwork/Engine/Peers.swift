/// Processes that make the same steps, each with its own part of every batch.
///
/// All of them call the same functions in the same order.
package protocol Peers: Sendable {
  /// Which of them this is, counted from 0.
  var index: Int { get }

  /// How many there are.
  var count: Int { get }

  /// Adds up `tensors` over all peers, number by number.
  func sum(_ tensors: inout [Tensor]) throws

  /// The numbers of all peers, one after another in their order.
  func gather(_ numbers: [Double]) throws -> [Double]
}

/// One process that has no peers.
package struct Alone: Peers {
  package var index: Int { 0 }
  package var count: Int { 1 }

  /// Nobody else.
  package init() {}

  package func sum(_ tensors: inout [Tensor]) {}
  package func gather(_ numbers: [Double]) -> [Double] { numbers }
}
