public import ArgumentParser
import ParlaFiles
public import ParlaTraining

/// Where a training starts from, what it copies from there, and how fast its layers learn.
struct TransferOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A model of any format, or checkpoints, to start from; it may be of another language.",
      valueName: "path"), completion: .file())
  var loadCheckpointDir: String?

  @Option(
    help: ArgumentHelp(
      "Which checkpoint to start from: the training's newest, else the best available; best; last; or "
        + "init for new weights.", valueName: "auto|best|last|init"))
  var loadTrain: TrainingConfiguration.StartingPoint = .auto

  @Option(
    help: ArgumentHelp(
      "That model's labels, one per line, if it does not contain them.", valueName: "file"),
    completion: .file())
  var sourceAlphabet: String?

  @Option(
    help: ArgumentHelp(
      "Number of layers to reinitialise, counted from the last.", valueName: "count"))
  var dropSourceLayers: Int = 0

  @Option(help: ArgumentHelp("Layers to reinitialise.", valueName: "name,…"))
  var dropLayers: [NameList] = []

  @Option(help: ArgumentHelp("Layers to copy; all others start from scratch.", valueName: "name,…"))
  var keepLayers: [NameList] = []

  @Option(
    help: ArgumentHelp(
      "Layers to leave untrained; convolution_* stands for all that begin like that.",
      valueName: "name,…"))
  var freezeLayers: [NameList] = []

  @Option(
    help: ArgumentHelp(
      "Layers to train, all others staying as they are: adapter_*,labels trains adapters alone.",
      valueName: "name,…"))
  var trainLayers: [NameList] = []

  @Option(
    help: ArgumentHelp(
      """
      Unfreeze the uppermost frozen layer after this many epochs, and after as many more the \
      next. Without --freeze-layers all copied layers but the last start frozen.
      """, valueName: "epochs"))
  var thawAfter: Int?

  @Option(
    help: ArgumentHelp(
      "Learning rates of layers relative to the others, such as layer_1=0.1,lstm=0.5.",
      valueName: "name=factor,…"))
  var layerLearningRates: [LayerRates] = []

  @Flag(
    inversion: .prefixedNo,
    help: """
      Reset the optimiser's state for the copied weights. (default: if \
      others are new)
      """)
  var resetOptimizer: Bool?

  func validate() throws {
    if let thawAfter, thawAfter < 1 {
      throw ValidationError("--thaw-after: found \(thawAfter), expected 1 or more.")
    }
  }

  /// Puts what was asked for into `configuration`.
  func apply(to configuration: inout TrainingConfiguration) {
    configuration.start.modelPath = loadCheckpointDir
    configuration.start.checkpoint = loadTrain
    configuration.start.transfer.sourceAlphabetPath = sourceAlphabet
    configuration.start.transfer.droppedLayerCount = dropSourceLayers
    configuration.start.transfer.droppedLayers = dropLayers.flatMap(\.names)
    configuration.start.transfer.keptLayers = keepLayers.isEmpty ? nil : keepLayers.flatMap(\.names)
    configuration.start.transfer.resetsOptimizer = resetOptimizer
    configuration.optimization.layerLearning.frozenLayers = freezeLayers.flatMap(\.names)
    configuration.optimization.layerLearning.trainedLayers =
      trainLayers.isEmpty ? nil : trainLayers.flatMap(\.names)
    configuration.optimization.layerLearning.thawEpochs = thawAfter
    for (name, factor) in layerLearningRates.flatMap(\.factors) {
      configuration.optimization.layerLearning.rates[name] = factor
    }
  }
}

extension TrainingConfiguration.StartingPoint: ExpressibleByArgument {}

/// Several names in one value, separated by commas.
struct NameList: ExpressibleByArgument {
  let names: [String]

  init?(argument: String) {
    names = argument.split(separator: ",").map(String.init)
    if names.isEmpty { return nil }
  }
}

/// Several layers with their factors in one value: `layer_1=0.1,lstm=0.5`.
struct LayerRates: ExpressibleByArgument {
  let factors: [(name: String, factor: Float)]

  init?(argument: String) {
    let parts = argument.split(separator: ",").map { $0.split(separator: "=", maxSplits: 1) }
    let factors = parts.compactMap { part -> (name: String, factor: Float)? in
      guard part.count == 2, let factor = finiteNumber(part[1], as: Float.self) else { return nil }
      return (String(part[0]), factor)
    }
    guard !factors.isEmpty, factors.count == parts.count else { return nil }
    self.factors = factors
  }
}
