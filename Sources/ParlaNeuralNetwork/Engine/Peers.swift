/// Processes that make the same steps, each with its own part of every batch.
///
/// All of them call the same functions in the same order. None of these fails: when one of the processes is lost, all end.
package protocol Peers: Sendable {
  /// Which of them this is, counted from 0.
  var index: Int { get }

  /// How many there are.
  var count: Int { get }

  /// How many of them share this machine.
  var countOnHost: Int { get }

  /// Whether gradients are rounded to bfloat16 on their way.
  var sendsBFloat16: Bool { get }

  /// What messages call the peer at `index`.
  func name(of index: Int) -> String

  /// Adds up `tensors` over all peers, number by number.
  func sum(_ tensors: inout [Tensor])

  /// Begins to add up `tensors` over all peers, while this one computes. All begin the same sums in the same order.
  func beginSum(_ tensors: consuming [Tensor]) -> PendingSum

  /// Adds up `numbers` over all peers, exactly as many of them on each.
  func sum(_ numbers: inout [Double])

  /// The bytes of all peers, in their order; each may have another number of them.
  func gather(_ bytes: [UInt8]) -> [[UInt8]]

  /// Does what may take this peer long by itself, such as writing a file; the others do not take it for lost meanwhile.
  func working<Result>(_ body: () throws -> Result) rethrows -> Result

  /// Does what all peers do together by other means than these: one that stays behind counts as lost.
  func together<Result>(_ body: () throws -> Result) rethrows -> Result
}

/// A sum over all peers that is under way.
package struct PendingSum: Sendable {
  /// Waits for it.
  package let wait: @Sendable () -> [Tensor]

  /// What `wait` returns.
  package init(wait: @escaping @Sendable () -> [Tensor]) { self.wait = wait }
}

extension Peers {
  /// The sum at once, for peers that cannot do both.
  package func beginSum(_ tensors: consuming [Tensor]) -> PendingSum {
    var tensors = tensors
    sum(&tensors)
    return PendingSum { [tensors] in tensors }
  }

  /// Whether this one speaks and writes for all.
  package var isFirst: Bool { index == 0 }

  package var sendsBFloat16: Bool { false }

  package func together<Result>(_ body: () throws -> Result) rethrows -> Result { try body() }

  /// Its number.
  package func name(of index: Int) -> String { "Process \(index)" }

  /// The first peer that has other `bytes` than the first of all; nil when all have the same.
  package func firstOther(_ bytes: [UInt8]) -> Int? {
    guard count > 1 else { return nil }
    let all = gather(bytes)
    return all.firstIndex { $0 != all[0] }
  }

  /// The numbers of all peers, one after another in their order.
  package func gather(_ numbers: [Double]) -> [Double] {
    guard count > 1 else { return numbers }
    let bytes = numbers.flatMap { number in
      (0..<8).map { UInt8(truncatingIfNeeded: number.bitPattern >> (8 * UInt64($0))) }
    }
    return gather(bytes).flatMap { bytes in
      stride(from: 0, to: bytes.count, by: 8).map { start in
        Double(
          bitPattern: (0..<8).reduce(UInt64(0)) {
            $0 | UInt64(bytes[start + $1]) << (8 * UInt64($1))
          })
      }
    }
  }
}

/// One process that has no peers.
package struct Alone: Peers {
  package var index: Int { 0 }
  package var count: Int { 1 }
  package var countOnHost: Int { 1 }

  /// A single process.
  package init() {}

  package func sum(_ tensors: inout [Tensor]) {}
  package func sum(_ numbers: inout [Double]) {}
  package func gather(_ bytes: [UInt8]) -> [[UInt8]] { [bytes] }
  package func working<Result>(_ body: () throws -> Result) rethrows -> Result { try body() }
}
