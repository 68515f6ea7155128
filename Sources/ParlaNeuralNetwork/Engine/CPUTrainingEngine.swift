/// Learns on this machine's processor.
package struct CPUTrainingEngine: TrainingEngine {
  package static let name = "cpu"

  package let graph: Graph
  private let compute: Compute
  private let peers: any Peers
  private let recomputes: Bool
  private var parameters: Parameters
  private var buffers: Parameters
  private var optimizer: Optimizer

  /// The gradients of the step that is being made; nil before the first part.
  private var gradients: Parameters?

  /// The gradients on their way to all peers, once the last part of the step has begun its way back.
  private var exchange: GradientExchange?

  /// Whether the losses of the step's parts have all been finite here.
  private var isFinite = true

  /// What the buffers of each node move by.
  private var statistics: [[Tensor]] = []

  package init(_ graph: Graph, from snapshot: EngineSnapshot, _ settings: EngineSettings) {
    self.graph = graph
    parameters = snapshot.parameters
    buffers = snapshot.buffers
    peers = settings.peers
    // What peers compute together is not computed twice.
    recomputes = settings.recomputes && (peers.count == 1 || !graph.joinsSequences)
    Compute.keepFreedMemory()
    compute = Compute(
      threadCount: settings.threadCount, precision: settings.precision ?? .fastest)
    optimizer = Optimizer(settings.optimizer, for: parameters.specifications)
    if let state = snapshot.optimizer {
      optimizer.restore(state.slots, stepCounts: state.stepCounts)
    }
  }

  package var snapshot: EngineSnapshot {
    EngineSnapshot(
      parameters: parameters, buffers: buffers,
      optimizer: OptimizerState(stepCounts: optimizer.stepCounts, slots: optimizer.slots))
  }

  package mutating func clearGradients() {
    gradients = nil
    exchange = nil
    isFinite = true
    statistics = []
  }

  package mutating func addGradients(
    of batch: TrainingBatch, isWanted: [Bool], dropoutSeed: UInt64
  ) -> [Double] {
    var pass = Pass(compute: compute, dropoutSeed: dropoutSeed)
    pass.batchPart = batch.part
    pass.wholeBatchSize = batch.wholeSize
    pass.peers = peers
    let exchanges = batch.endsStep && peers.count > 1
    guard !batch.part.isEmpty else {
      accompany(pass, isWanted: isWanted, exchanges: exchanges)
      return []
    }
    let weights = GraphWeights(graph, parameters, buffers: buffers)
    let passage = graph.forward(
      batch.inputs, weights, isWanted: isWanted, recomputes: recomputes, pass)
    let (losses, slopes) = losses(
      of: passage.outputs, batch, weight: 1 / Float(batch.wholeSize))
    isFinite = isFinite && losses.allSatisfy(\.isFinite)
    guard allGoBack(exchanges: exchanges) else { return losses }
    add(passage.statistics)
    if exchanges {
      var exchange = GradientExchange(peers, isWanted: isWanted, adding: gradients.take())
      graph.backward(slopes, passage, weights, isWanted: isWanted, pass) {
        exchange.add($1, of: $0)
      }
      exchange.send()
      self.exchange = exchange
    } else {
      let more = graph.backward(slopes, passage, weights, isWanted: isWanted, pass)
      if gradients == nil { gradients = more } else { gradients?.add(more) }
    }
    return losses
  }

  /// Takes part in a passage of peers without sequences of its own.
  private mutating func accompany(_ pass: Pass, isWanted: [Bool], exchanges: Bool) {
    let none = graph.accompanyForward(pass)
    guard allGoBack(exchanges: exchanges) else { return }
    add(none)
    guard exchanges else {
      graph.accompanyBackward(isWanted: isWanted, pass) { _, _ in }
      return
    }
    var exchange = GradientExchange(peers, isWanted: isWanted, adding: gradients.take())
    graph.accompanyBackward(isWanted: isWanted, pass) { exchange.add($1, of: $0) }
    exchange.send()
    self.exchange = exchange
  }

  /// Whether the way back begins: where peers make it together, or exchange what it finds, only if the losses of all are finite.
  private func allGoBack(exchanges: Bool) -> Bool {
    guard peers.count > 1, exchanges || graph.joinsSequences else { return isFinite }
    return peers.gather([isFinite ? 1 : 0]).allSatisfy { $0 == 1 }
  }

  private mutating func add(_ more: [[Tensor]]) {
    guard !statistics.isEmpty else {
      statistics = more
      return
    }
    for (node, tensors) in more.enumerated() {
      for (index, tensor) in tensors.enumerated() { statistics[node][index].add(tensor) }
    }
  }

  package mutating func exchangeGradients() {
    defer { gradients?.addTied() }
    guard peers.count > 1 else { return }
    if let exchange {
      self.exchange = nil
      gradients = exchange.sums(of: graph.parameters)
    } else {
      var own = gradients ?? Parameters(zerosFor: graph.parameters)
      gradients = nil
      peers.sum(&own.tensors)
      gradients = own
    }
    for node in statistics.indices where !statistics[node].isEmpty {
      peers.sum(&statistics[node])
    }
  }

  package var gradientsAreFinite: Bool { gradients?.areFinite ?? false }

  package mutating func clipGradients(toNorm limit: Double, of indices: [Int]) {
    let compute = compute
    gradients?.clip(toNorm: limit, of: indices, compute: compute)
  }

  package mutating func clipGradients(toAbsolute limit: Double) {
    gradients?.clip(toAbsolute: Float(limit))
  }

  package mutating func apply(learningRates: [Float]) {
    guard let gradients else { return }
    let compute = compute
    optimizer.update(
      &parameters, along: gradients, learningRates: learningRates, compute: compute)
    for (index, node) in graph.nodes.enumerated()
    where !node.bufferRange.isEmpty && index < statistics.count && !statistics[index].isEmpty {
      var own = Array(buffers.tensors[node.bufferRange])
      node.layer.moveBuffers(&own, statistics: statistics[index])
      buffers.tensors.replaceSubrange(node.bufferRange, with: own)
    }
    clearGradients()
  }

  package func evaluate(
    _ batch: TrainingBatch
  ) -> (losses: [Double], probabilities: Sequences) {
    var output = graph(
      batch.inputs, GraphWeights(graph, parameters, buffers: buffers), Pass(compute: compute))[0]
    let losses = losses(of: [output], batch, weight: 1).losses
    compute.softmax(&output.values)
    return (losses, output)
  }

  package func evaluateOutputs(
    _ batch: TrainingBatch
  ) -> (losses: [Double], outputs: [Sequences]) {
    let outputs = graph(
      batch.inputs, GraphWeights(graph, parameters, buffers: buffers), Pass(compute: compute))
    return (losses(of: outputs, batch, weight: 1).losses, outputs)
  }

  /// The losses, output by output, and their gradients with respect to the outputs.
  private func losses(
    of outputs: [Sequences], _ batch: TrainingBatch, weight: Float
  ) -> (losses: [Double], gradients: [Tensor]) {
    switch batch.targets {
    case .labels(let labels):
      let loss = CTCLoss(
        logits: outputs[0].values, labels: labels, frameCounts: outputs[0].lengths, weight: weight,
        compute: compute)
      return (loss.losses, [loss.logitsGradient])
    case .ofOutputs(let targets):
      let found = zip(targets, outputs).map { $0.loss(of: $1, weight: weight, compute: compute) }
      return (found.flatMap(\.losses), found.map(\.gradient))
    }
  }
}
