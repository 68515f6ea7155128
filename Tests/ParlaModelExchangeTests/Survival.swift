import Foundation
import ParlaAcousticModel
import ParlaNeuralNetwork
import Testing

/// Reads `count` damaged versions of `data`, cut off or with a few bytes changed: a `ModelError` is right, a crash is not.
///
/// More are tried when the environment says so: `PARLA_MUTATIONS=100000`.
func expectSurvival(
  of data: Data, seed: UInt64, count: Int, read: (Data) throws -> Any
) throws {
  let wished = ProcessInfo.processInfo.environment["PARLA_MUTATIONS"].flatMap { Int($0) }
  var generator = SeededGenerator(seed: seed)
  var refused = 0
  for round in 0..<(wished ?? count) {
    var damaged = data
    if round % 4 == 0 {
      damaged = data.prefix(Int.random(in: 0..<data.count, using: &generator))
    } else {
      for _ in 0..<Int.random(in: 1...6, using: &generator) {
        let offset = Int.random(in: 0..<data.count, using: &generator)
        damaged[offset] = .random(in: 0...255, using: &generator)
      }
    }
    do { _ = try read(damaged) } catch is ModelError { refused += 1 }
  }
  #expect(refused >= count / 10)
}
