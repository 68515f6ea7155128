import ParlaAcousticModel
import ParlaAudio
import ParlaNeuralNetwork
import ParlaTranscripts

/// Carries another model's weights, and what the optimiser remembers of them, into a new network.
struct Transfer {
  /// The new network with the weights that it starts from.
  let model: AcousticModel

  /// The optimiser, where the source has one; steps and memory of weights that are new are zero.
  let optimizer: OptimizerState?

  /// The copied layers and outputs.
  let report: TransferReport

  /// Copies what `settings` ask for; the rest is initialised from `seed`.
  ///
  /// - Throws: `TrainingError.unknownLayer`, `.badSetting`, `.sourceWithoutLayer`, `.sourceOfOtherSize`,
  ///   `.sourceWithOtherFeatures`, `.sourceWithoutAlphabet`.
  init(
    from source: InitialModel, to description: ModelDescription, alphabet: Alphabet,
    settings: TransferSettings, seed: UInt64
  ) throws(TrainingError) {
    let graph = description.graph
    let layers = LearningLayers(graph)
    let dropped = try layers.dropped(settings)
    try source.require(features: description.features, unless: dropped.contains(0))
    let mapping = AlphabetMapping(from: source.model.alphabet, to: alphabet)
    let isRemapped = source.model.alphabet != alphabet
    let last = layers.names.count - 1
    if case .unknown = source.alphabetSource, !dropped.contains(last) {
      throw .sourceWithoutAlphabet(
        path: source.path, labelCount: source.model.alphabet.labels.count)
    }

    var parameters = Parameters(initializing: graph.parameters, seed: seed)
    let startsAnew = settings.resetsOptimizer ?? (isRemapped || !dropped.isEmpty)
    let sourceSlots = startsAnew ? [] : source.optimizer?.slots ?? []
    var slots = sourceSlots.map {
      (name: $0.name, parameters: Parameters(zerosFor: graph.parameters))
    }
    var stepCounts = graph.parameters.map { _ in 0 }
    for (index, specification) in graph.parameters.enumerated() {
      let layer = layers.layerOfParameter[index]
      guard !dropped.contains(layer) else { continue }
      let isMapped = layer == last && isRemapped
      let from = try source.place(
        of: specification, layer: layers.names[layer], anyRowCount: isMapped)
      let found = source.model.parameters.tensors[from]
      parameters.tensors[index] =
        isMapped ? mapping.rows(of: found, fresh: parameters.tensors[index]) : found
      guard !isMapped || mapping.isComplete else { continue }
      stepCounts[index] = source.optimizer?.stepCounts[from] ?? 0
      for slot in slots.indices {
        let memory = sourceSlots[slot].parameters.tensors[from]
        slots[slot].parameters.tensors[index] =
          isMapped
          ? mapping.rows(of: memory, fresh: Tensor(shape: specification.shape)) : memory
      }
    }
    model = AcousticModel(
      description: description, alphabet: alphabet, parameters: parameters,
      buffers: layers.buffers(of: source.model, in: graph, dropped: dropped))
    optimizer =
      slots.isEmpty ? nil : OptimizerState(stepCounts: stepCounts, slots: slots)
    report = TransferReport(
      path: source.path,
      layers: layers.names.enumerated().map { index, name in
        let isMapped = index == last && isRemapped
        return TransferReport.Layer(
          name: name,
          origin: dropped.contains(index) ? .new : isMapped ? .remapped : .copied)
      },
      labels: isRemapped && !dropped.contains(last)
        ? mapping.report(from: source.model.alphabet, to: alphabet) : nil,
      keepsOptimizer: !slots.isEmpty, assumedAlphabetPath: source.assumedAlphabetPath)
  }
}

extension InitialModel {
  /// The file whose labels the model is taken to write, when nothing says so.
  fileprivate var assumedAlphabetPath: String? {
    if case .assumed(let path) = alphabetSource { path } else { nil }
  }

  /// Where the source has the parameter that `specification` describes, of the layer `layer`.
  fileprivate func place(
    of specification: ParameterSpecification, layer: String, anyRowCount: Bool
  ) throws(TrainingError) -> Int {
    let found = model.parameters.specifications
    guard let index = found.firstIndex(where: { $0.name == specification.name }) else {
      throw .sourceWithoutLayer(
        path: path, layer: layer, found: LearningLayers(model.graph).names)
    }
    let (has, needs) = (found[index].shape, specification.shape)
    guard has == needs || (anyRowCount && has.dropFirst() == needs.dropFirst()) else {
      throw .sourceOfOtherSize(
        path: path, layer: layer, parameter: specification.name, found: has, expected: needs)
    }
    return index
  }
}

extension AlphabetMapping {
  fileprivate func report(from source: Alphabet, to target: Alphabet) -> TransferReport.Labels {
    var related: [TransferReport.Relation] = []
    var (copied, new): ([String], [String]) = ([], [])
    for (label, origin) in zip(target.labels, origins) {
      switch origin {
      case .same: copied.append(label)
      case .relative(let from): related.append(.init(label: label, origin: source.labels[from]))
      case .none: new.append(label)
      }
    }
    return TransferReport.Labels(
      copied: copied, related: related, new: new,
      dropped: source.labels.filter { !copied.contains($0) })
  }
}
