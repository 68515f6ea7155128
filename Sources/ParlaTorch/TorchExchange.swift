import ParlaNeuralNetwork

/// A device that can sum with those of other processes.
protocol ExchangingDevice {
  /// A description of it; `cpu` for the processor.
  var deviceName: String { get }

  /// How it can sum, such as `nccl`; empty where it cannot.
  var exchangeKind: String { get }

  /// Where the first process listens, a line for each place.
  func listen(isLocal: Bool) throws(TorchError) -> String

  /// For each line of `places`, whether this process reaches it.
  func reach(_ places: String) throws(TorchError) -> [Bool]

  /// Joins the `count` processes that meet at `place`.
  func join(place: Int, index: Int, count: Int, seconds: Double) throws(TorchError)

  /// Leaves them, or gives up.
  func leave()
}

extension TorchHandle: ExchangingDevice {}

extension ExchangingDevice {
  /// Makes the group that sums on the devices of all `peers`, or of none; with the reason, where that is worth a word.
  ///
  /// All peers go through the same steps and learn of each how it went for the others, so that nobody waits in vain.
  func join(_ peers: any Peers) -> (isJoined: Bool, problem: String?) {
    guard peers.count > 1 else { return (false, nil) }
    do {
      guard try agreeOnKind(peers) else { return (false, nil) }
      let isLocal = peers.countOnHost == peers.count
      let places = try agree(peers) { peers.isFirst ? try listen(isLocal: isLocal) : "" }[0]
      let place = try commonPlace(of: places, peers)
      _ = try agree(peers) {
        try peers.working {
          try join(
            place: place, index: peers.index, count: peers.count, seconds: secondsToJoin)
        }
        return ""
      }
      return (true, nil)
    } catch {
      leave()
      return (false, error.reason)
    }
  }

  /// Whether all can sum in the same way; false without a word where none can and that costs nothing.
  private func agreeOnKind(_ peers: any Peers) throws(ExchangeRefusal) -> Bool {
    let onProcessor = deviceName == "cpu"
    let kinds = try agree(peers) { exchangeKind.isEmpty && onProcessor ? "-" : exchangeKind }
    if kinds.allSatisfy({ $0 == "-" }) { return false }
    if let index = kinds.firstIndex(where: { $0.isEmpty || $0 == "-" }) {
      throw ExchangeRefusal(
        reason: """
          \(peers.name(of: index)): found a libparla_torch.so without NCCL or Gloo, expected it with; \
          `scripts/build-torch-engine` says what it lacks.
          """)
    }
    if let index = kinds.firstIndex(where: { $0 != kinds[0] }) {
      throw ExchangeRefusal(
        reason: """
          \(peers.name(of: index)): found \(kinds[index]), expected \(kinds[0]), as in the first process; \
          choose devices of one kind.
          """)
    }
    return true
  }

  /// The first of the lines of `places` that all reach.
  private func commonPlace(of places: String, _ peers: any Peers) throws(ExchangeRefusal) -> Int {
    let reached = try agree(peers) {
      try peers.working { try reach(places) }.map { $0 ? "1" : "0" }.joined()
    }
    let common = places.split(separator: "\n").indices.first { place in
      reached.allSatisfy { $0.dropFirst(place).first == "1" }
    }
    guard let common else {
      throw ExchangeRefusal(
        reason: """
          found no address of the first process that all others reach, expected one of \
          \(places.split(separator: "\n").joined(separator: ", ")); look at firewalls.
          """)
    }
    return common
  }

  /// What `own` is in each process; all fail where one does.
  private func agree(
    _ peers: any Peers, _ own: () throws -> String
  ) throws(ExchangeRefusal) -> [String] {
    let text: String
    do {
      text = try "+" + own()
    } catch {
      text = "-" + ((error as? TorchError)?.rawReason ?? "\(error)")
    }
    let all = peers.gather(Array(text.utf8)).map { String(decoding: $0, as: UTF8.self) }
    if let index = all.firstIndex(where: { !$0.hasPrefix("+") }) {
      throw ExchangeRefusal(reason: "\(peers.name(of: index)): \(all[index].dropFirst())")
    }
    return all.map { String($0.dropFirst()) }
  }
}

/// So long all may take to join.
private let secondsToJoin = 60.0

/// Why the devices are not used.
private struct ExchangeRefusal: Error { let reason: String }

extension TorchError {
  /// What the library said, without what it means for a training.
  fileprivate var rawReason: String {
    if case .failed(let reason) = self { reason } else { description }
  }
}
