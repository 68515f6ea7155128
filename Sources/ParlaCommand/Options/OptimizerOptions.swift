import ArgumentParser
import ParlaNeuralNetwork
import ParlaTraining

/// Which optimiser moves the weights, and its settings.
struct OptimizerOptions: ParsableArguments {
  @Option(help: "adam, sgd, rmsprop or adadelta.")
  var optimizer: Method = .adam

  @Option(help: "Adam's decay of the mean of the gradients.", transform: finite)
  var beta1: Float = 0.9

  @Option(help: "Adam's decay of the mean of their squares.", transform: finite)
  var beta2: Float = 0.999

  @Option(
    help: "Guard against division by zero. (default: 1e-8; Adadelta's 1e-6)", transform: finite)
  var epsilon: Float?

  @Option(help: "Share of the last step that goes on, of sgd and rmsprop.", transform: finite)
  var momentum: Float = 0

  @Flag(help: "Look ahead along the momentum (sgd).")
  var nesterov = false

  @Option(
    help: "Decay of the mean of the squares. (default: RMSprop's 0.99, Adadelta's 0.9)",
    transform: finite)
  var decay: Float?

  @Option(
    help: ArgumentHelp(
      "Shorten all gradients together to this norm, if they are longer.", valueName: "norm"),
    transform: finite)
  var clipGradientNorm: Double?

  @Option(
    help: ArgumentHelp(
      "Steps over which the learning rate rises to its full length.", valueName: "steps"))
  var warmUpSteps: Int = 0

  /// The optimisers by their names.
  enum Method: String, ExpressibleByArgument, CaseIterable {
    case adam, sgd, rmsprop, adadelta
  }

  func validate() throws {
    if nesterov, optimizer != .sgd {
      throw ValidationError("--nesterov: found --optimizer \(optimizer), expected sgd.")
    }
    if momentum != 0, optimizer != .sgd, optimizer != .rmsprop {
      throw ValidationError("--momentum: found --optimizer \(optimizer), expected sgd or rmsprop.")
    }
    if decay != nil, optimizer != .rmsprop, optimizer != .adadelta {
      throw ValidationError(
        "--decay: found --optimizer \(optimizer), expected rmsprop or adadelta.")
    }
  }

  /// Puts what was asked for into `configuration`.
  func apply(to configuration: inout TrainingConfiguration) {
    configuration.optimizer = method
    configuration.gradientNormLimit = clipGradientNorm
    configuration.warmUpSteps = warmUpSteps
  }

  private var method: OptimizationMethod {
    switch optimizer {
    case .adam: .adam(beta1: beta1, beta2: beta2, epsilon: epsilon ?? 1e-8)
    case .sgd: .sgd(momentum: momentum, isNesterov: nesterov)
    case .rmsprop: .rmsprop(decay: decay ?? 0.99, epsilon: epsilon ?? 1e-8, momentum: momentum)
    case .adadelta: .adadelta(decay: decay ?? 0.9, epsilon: epsilon ?? 1e-6)
    }
  }
}
