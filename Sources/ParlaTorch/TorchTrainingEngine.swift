import CTorch
import Foundation
package import ParlaNeuralNetwork

/// Trains with libtorch: on an NVIDIA graphics card, or any other device that it supports.
///
/// All mutable state is on the device; copies of the engine share it.
package struct TorchTrainingEngine: TrainingEngine {
  package static let name = "torch"
  package static let addsContext = true

  package let graph: Graph
  private let handle: TorchHandle
  private let slotNames: [String]
  private let peers: any Peers

  /// Whether gradients are summed on the device; otherwise by the peers, in this processor's memory.
  private var exchangesOnDevice = false

  /// Whether the gradients on the device are those of this step.
  private var hasGradients = false

  /// How many frames of a batch, padding included, the device's memory is known to hold too few of.
  private var tooManyFrames = Int.max

  package init(_ graph: Graph, from snapshot: EngineSnapshot, _ settings: EngineSettings) throws {
    self.graph = graph
    peers = settings.peers
    guard !settings.recomputes else {
      throw EngineProblem.unsupported(engine: Self.name, what: "recomputation of activations")
    }
    slotNames = settings.optimizer.slotNames
    handle = try TorchHandle(
      TorchSettings(graph, settings).json(), paths: settings.libraryPaths)
    try handle.write(PARLA_TORCH_PARAMETERS, snapshot.parameters.tensors)
    try handle.write(PARLA_TORCH_BUFFERS, snapshot.buffers.tensors)
    if let state = snapshot.optimizer, state.isOf(settings.optimizer) {
      for (kind, slot) in zip(Self.slotKinds, state.slots) {
        try handle.write(kind, slot.parameters.tensors)
      }
      try handle.write(steps: state.stepCounts)
    }
  }

  private static var slotKinds: [parla_torch_tensors] {
    [PARLA_TORCH_FIRST_MOMENTS, PARLA_TORCH_SECOND_MOMENTS]
  }

  package var deviceName: String? { handle.deviceName }

  package var snapshot: EngineSnapshot {
    get throws {
      let parameters = graph.parameters
      let slots = try zip(slotNames, Self.slotKinds).map { name, kind in
        (name: name, parameters: try handle.read(kind, parameters))
      }
      return EngineSnapshot(
        parameters: try handle.read(PARLA_TORCH_PARAMETERS, parameters),
        buffers: try handle.read(PARLA_TORCH_BUFFERS, graph.buffers),
        optimizer: OptimizerState(
          stepCounts: try handle.readSteps(count: parameters.count), slots: slots))
    }
  }

  package mutating func joinPeers() throws -> String? {
    let problem: String?
    (exchangesOnDevice, problem) = handle.join(peers)
    guard exchangesOnDevice || !computesTogether else {
      throw TorchError.noExchange(reason: problem)
    }
    return problem.map { problem in
      """
      Gradients are summed by MPI in the processor's memory, which is slower than from card to card: \(problem)
      """
    }
  }

  /// Whether the peers depend on each other within a step.
  private var computesTogether: Bool { peers.count > 1 && graph.joinsSequences }

  package mutating func clearGradients() throws {
    hasGradients = false
    try handle.clearGradients()
  }

  package mutating func addGradients(
    of batch: TrainingBatch, isWanted: [Bool], dropoutSeed: UInt64
  ) throws -> [Double] {
    if computesTogether {
      return try addGradientsTogether(of: batch, isWanted: isWanted, dropoutSeed: dropoutSeed)
    }
    if batch.part.isEmpty { return [] }
    if batch.paddedFrameCount < tooManyFrames {
      if let losses = try handle.addGradients(
        of: batch, isWanted: isWanted, dropoutSeed: dropoutSeed)
      {
        hasGradients = true
        return losses
      }
      tooManyFrames = batch.paddedFrameCount
    }
    guard let (first, second) = batch.halves else {
      throw TorchError.outOfMemory(frames: batch.paddedFrameCount, reason: handle.deviceName)
    }
    let losses = try addGradients(of: first, isWanted: isWanted, dropoutSeed: dropoutSeed)
    return try losses
      + addGradients(of: second, isWanted: isWanted, dropoutSeed: dropoutSeed)
  }

  /// The same where layers look at the sequences of all peers: each makes the same passage, with an empty sequence if it has none.
  private mutating func addGradientsTogether(
    of batch: TrainingBatch, isWanted: [Bool], dropoutSeed: UInt64
  ) throws -> [Double] {
    let own = batch.part.isEmpty ? batch.withEmptySequence(of: graph) : batch
    let losses = try onDevice {
      try handle.addGradients(of: own, isWanted: isWanted, dropoutSeed: dropoutSeed)
    }
    guard let losses else {
      throw TorchError.outOfMemoryTogether(
        frames: own.paddedFrameCount, reason: handle.deviceName)
    }
    hasGradients = true
    return batch.part.isEmpty ? [] : losses
  }

  package mutating func exchangeGradients() throws {
    guard peers.count > 1 else { return }
    if exchangesOnDevice {
      return try onDevice { try handle.exchangeGradients(inBFloat16: peers.sendsBFloat16) }
    }
    var gradients =
      hasGradients
      ? try handle.read(PARLA_TORCH_GRADIENTS, graph.parameters)
      : Parameters(zerosFor: graph.parameters)
    peers.sum(&gradients.tensors)
    try handle.write(PARLA_TORCH_GRADIENTS, gradients.tensors)
  }

  /// Does what the devices of all peers do together.
  private func onDevice<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try peers.together(body)
    } catch {
      // That a peer is lost may be seen here first; the peers say within half a minute which one, and end all.
      Thread.sleep(forTimeInterval: 35)
      throw error
    }
  }

  package var gradientsAreFinite: Bool { get throws { try handle.gradientsAreFinite() } }

  package mutating func clipGradients(toNorm limit: Double, of indices: [Int]) throws {
    try handle.clipGradients(toNorm: limit, of: indices)
  }

  package mutating func apply(learningRates: [Float]) throws {
    try handle.apply(learningRates: learningRates)
  }

  package func evaluate(
    _ batch: TrainingBatch
  ) throws -> (losses: [Double], probabilities: Sequences) {
    if let result = try handle.evaluate(batch, labelCount: graph.outputCount()) { return result }
    guard let (first, second) = batch.halves else {
      throw TorchError.outOfMemory(frames: batch.paddedFrameCount, reason: handle.deviceName)
    }
    let (a, b) = (try evaluate(first), try evaluate(second))
    let both = [a.probabilities, b.probabilities]
    return (
      a.losses + b.losses,
      Sequences(
        joining: both.flatMap { part in (0..<part.count).map { part.frames(of: $0) } })
    )
  }
}

extension TrainingBatch {
  /// How many frames the sequences have together, padding included.
  var paddedFrameCount: Int { part.count * (inputs.map(\.frameCount).max() ?? 0) }

  /// The same with a sequence of no frames.
  func withEmptySequence(of graph: Graph) -> TrainingBatch {
    var result = self
    result.inputs = graph.description.inputs.enumerated().map { number, input in
      let frames = number == 0 ? 2 * contextFrameCount + 1 : 1
      let features = input.shape.reduce(1, *) / frames
      return Sequences(Tensor(shape: [1, 1, features]), lengths: [0])
    }
    result.targets = .labels([[]])
    result.part = part.lowerBound..<part.lowerBound + 1
    return result
  }

  /// The batch as two, nil for a single sequence.
  var halves: (TrainingBatch, TrainingBatch)? {
    guard part.count > 1 else { return nil }
    return (sequences(0..<part.count / 2), sequences(part.count / 2..<part.count))
  }

  /// The sequences `range` of these.
  private func sequences(_ range: Range<Int>) -> TrainingBatch {
    var result = self
    result.inputs = inputs.map { input in
      Sequences(joining: range.map { input.frames(of: $0) })
    }
    switch targets {
    case .labels(let labels): result.targets = .labels(Array(labels[range]))
    case .ofOutputs: break
    }
    result.part = part.lowerBound + range.lowerBound..<part.lowerBound + range.upperBound
    return result
  }
}
