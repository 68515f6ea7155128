import Foundation
import ParlaNeuralNetwork

/// A batch of which each peer has loaded its own part, as all of them know it.
struct PeerBatch: Sendable {
  /// The samples of all parts that could be loaded.
  let listed: [ListedSample]

  /// Those that could not, with the reason.
  let problems: [(sample: ListedSample, reason: String)]

  /// Where this peer's own samples begin in `listed`.
  let start: Int

  /// In how many parts each peer's samples go through the network: as many as the one with the least memory needs.
  let partCount: Int

  /// Joins `own`, the part of `range` of `dataset` that was loaded here, with what the other peers have loaded.
  init(
    _ own: LoadedBatch, of range: Range<Int>, in dataset: Dataset, partCount: Int,
    _ peers: any Peers
  ) throws {
    let told = peers.gather([Double(own.samples.count), Double(partCount)])
    let counts = stride(from: 0, to: told.count, by: 2).map { Int(told[$0]) }
    start = counts[..<peers.index].reduce(0, +)
    self.partCount = stride(from: 1, to: told.count, by: 2).map { Int(told[$0]) }.max() ?? 1
    guard counts.reduce(0, +) < range.count else {
      listed = peers.count == 1 ? own.listed : Array(dataset.samples[range])
      problems = []
      return
    }
    let samples = dataset.samples[range]
    let missing = try peers.gather(
      own.problems.compactMap { problem in
        samples.firstIndex(of: problem.sample).map { Missing(index: $0, reason: problem.reason) }
      }
    ).flatMap(\.self)
    let indices = Set(missing.map(\.index))
    listed = samples.indices.filter { !indices.contains($0) }.map { samples[$0] }
    problems = missing.map { (samples[$0.index], $0.reason) }
  }

  private struct Missing: Codable {
    let index: Int
    let reason: String
  }
}

extension Peers {
  /// The part of `range` that this peer takes.
  func share(of range: Range<Int>) -> Range<Int> { parts(of: range, count: count)[index] }

  /// The values of all peers, in their order.
  func gather<Value: Codable>(_ value: Value) throws -> [Value] {
    guard count > 1 else { return [value] }
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    let bytes = [UInt8](try encoder.encode(value))
    return try gather(bytes).map { try decoder.decode(Value.self, from: Data($0)) }
  }
}
