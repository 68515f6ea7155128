import ParlaModelTestSupport
import ParlaNeuralNetwork
import Synchronization
import Testing

@testable import ParlaTorch

/// How processes agree to sum on their devices; scripts/check-torch-processes holds the sums themselves against those of one process.
@Suite struct TorchExchangeTests {
  /// A device of which the test knows how it behaves.
  final class Device: ExchangingDevice, Sendable {
    let deviceName: String
    let exchangeKind: String
    let reached: [Bool]
    let failure: String?
    let joined = Mutex<Int?>(nil)
    let leaves = Mutex(0)

    init(
      _ kind: String, name: String = "card", reached: [Bool] = [true, true],
      failure: String? = nil
    ) {
      (exchangeKind, deviceName, self.reached, self.failure) = (kind, name, reached, failure)
    }

    func listen(isLocal: Bool) throws(TorchError) -> String { "10.0.0.1 7\n10.1.0.1 8\n" }
    func reach(_ places: String) throws(TorchError) -> [Bool] { reached }
    func leave() { leaves.withLock { $0 += 1 } }

    func join(place: Int, index: Int, count: Int, seconds: Double) throws(TorchError) {
      if let failure { throw .failed(reason: failure) }
      joined.withLock { $0 = place }
    }
  }

  /// What all of `devices` come to, which is the same.
  static func joining(_ devices: [Device]) throws -> (isJoined: Bool, problem: String?) {
    let results = Mutex<[(isJoined: Bool, problem: String?)]>([])
    _ = try ThreadPeers.run(devices.count) { peers in
      let result = devices[peers.index].join(peers)
      results.withLock { $0.append(result) }
    }
    let all = results.withLock { $0 }
    for result in all {
      #expect(result.isJoined == all[0].isJoined && result.problem == all[0].problem)
    }
    return all[0]
  }

  @Test func allMeetAtTheFirstPlaceThatAllReach() throws {
    let devices = [
      Device("nccl"), Device("nccl", reached: [false, true]), Device("nccl"),
    ]
    let result = try Self.joining(devices)
    #expect(result.isJoined && result.problem == nil)
    #expect(devices.map { $0.joined.withLock { $0 } } == [1, 1, 1])
    #expect(devices.allSatisfy { $0.leaves.withLock { $0 } == 0 })
  }

  @Test func onProcessorsWithoutGlooNothingIsSaid() throws {
    let result = try Self.joining([Device("", name: "cpu"), Device("", name: "cpu")])
    #expect(!result.isJoined && result.problem == nil)
  }

  @Test(arguments: [
    (Device(""), "Process 1: found a libparla_torch.so without NCCL or Gloo"),
    (Device("gloo"), "Process 1: found gloo, expected nccl"),
    (Device("nccl", reached: [false, false]), "10.0.0.1 7, 10.1.0.1 8"),
    (Device("nccl", failure: "a card that is shared"), "Process 1: a card that is shared"),
  ])
  func ifOneCannotNoneDoesAndAllKnowWhy(other: Device, reason: String) throws {
    let first = Device("nccl")
    let result = try Self.joining([first, other])
    #expect(!result.isJoined)
    #expect(result.problem?.contains(reason) == true, "\(result.problem ?? "nothing")")
    #expect([first, other].allSatisfy { $0.leaves.withLock { $0 } == 1 })
  }

  @Test func oneProcessHasNobodyToJoin() {
    #expect(!Device("nccl").join(Alone()).isJoined)
  }
}
