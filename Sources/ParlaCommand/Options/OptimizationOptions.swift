public import ArgumentParser
public import ParlaTraining

/// How the weights are moved, and for how long.
struct OptimizationOptions: ParsableArguments {
  @Option(help: "Passes over the training data.")
  var epochs: Int = 75

  @Option(
    help: ArgumentHelp(
      "Stop after this many minutes; learning rate schedules adapt.",
      valueName: "minutes"), transform: finite)
  var maxMinutes: Double?

  @Option(help: "Step size. (default: the network's, or 0.001)", transform: finite)
  var learningRate: Float?

  @Option(
    help: ArgumentHelp(
      "How the rate changes: cosine, annealing, one_cycle, warm_up or plateau, with fields as in "
        + "annealing[factor=0.9]; several are multiplied. (default: the network's, or none)",
      valueName: "name[field=value,…]"))
  var schedule: [String] = []

  @Option(
    help: ArgumentHelp(
      "Evaluate and export averaged weights: ema[decay=0.998] after each step, mean[epochs=5] of the "
        + "last epochs, or none. (default: the network's, or none)",
      valueName: "name[field=value]"))
  var average: String?

  @Flag(help: "Resume with --learning-rate, ignoring reductions on plateaus.")
  var forceInitializeLearningRate = false

  @Flag(help: "Stop when the development loss no longer falls.")
  var earlyStop = false

  @Option(help: "Epochs without improvement that end the training with --early-stop.")
  var esEpochs: Int = 25

  @Option(help: "Smallest fall of the loss that counts as an improvement.", transform: finite)
  var esMinDelta: Double = 0.05

  @Flag(help: "Lower the learning rate when the development loss no longer falls.")
  var reduceLrOnPlateau = false

  @Option(help: "Epochs without improvement that count as a plateau.")
  var plateauEpochs: Int = 10

  @Option(help: "Factor for the learning rate on a plateau.", transform: finite)
  var plateauReduction: Float = 0.1

  @Option(help: "Criterion for the best model: loss or cer, of the development set.")
  var bestBy: TrainingConfiguration.Criterion = .cer

  @Option(
    name: [.customLong("seed"), .customLong("random-seed")],
    help: "Seed for weights, batch order and dropout.")
  var seed: UInt64 = 4568

  /// Puts what was asked for into `configuration`, which has the epochs.
  func apply(to configuration: inout TrainingConfiguration) {
    configuration.epochs.timeLimit = maxMinutes.map { 60 * $0 }
    if let learningRate { configuration.optimization.learningRate = learningRate }
    if !schedule.isEmpty {
      configuration.optimization.schedules = schedule == ["none"] ? [] : schedule
    }
    if let average { configuration.optimization.averaging = average == "none" ? nil : average }
    configuration.optimization.restartsLearningRate = forceInitializeLearningRate
    configuration.epochs.bestBy = bestBy
    configuration.optimization.seed = seed
    if earlyStop {
      configuration.epochs.earlyStopping = .init(epochs: esEpochs, minimumImprovement: esMinDelta)
    }
    if reduceLrOnPlateau {
      configuration.optimization.plateau = .init(
        patience: .init(epochs: plateauEpochs, minimumImprovement: esMinDelta),
        factor: plateauReduction)
    }
  }
}

extension TrainingConfiguration.Criterion: ExpressibleByArgument {}
