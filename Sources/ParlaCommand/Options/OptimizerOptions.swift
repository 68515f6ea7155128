import ArgumentParser
import ParlaDescriptions
import ParlaNeuralNetwork
import ParlaTraining

/// Which optimiser moves the weights, and its settings.
struct OptimizerOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "adam, adamw, sgd, rmsprop or adadelta, alone or with fields. (default: the network's, or adam)",
      valueName: "name[field=value,…]"))
  var optimizer: String?

  @Option(help: "Adam's decay of the mean of the gradients. (default: 0.9)", transform: finite)
  var beta1: Float?

  @Option(help: "Adam's decay of the mean of their squares. (default: 0.999)", transform: finite)
  var beta2: Float?

  @Option(
    help: "Small constant that prevents division by zero. (default: 1e-8; Adadelta's 1e-6)",
    transform: finite)
  var epsilon: Float?

  @Option(help: "Weight decay, for adamw. (default: 0.01)", transform: finite)
  var weightDecay: Float?

  @Option(
    help: "Momentum, for sgd and rmsprop: the share of the last step that is added. (default: 0)",
    transform: finite)
  var momentum: Float?

  @Flag(help: "Nesterov momentum, for sgd.")
  var nesterov = false

  @Option(
    help: "Decay of the mean of the squares. (default: RMSprop's 0.99, Adadelta's 0.9)",
    transform: finite)
  var decay: Float?

  @Option(
    help: ArgumentHelp(
      "Scale gradients down to this norm if they exceed it.", valueName: "norm"),
    transform: finite)
  var clipGradientNorm: Double?

  @Option(
    help: ArgumentHelp(
      "Steps over which the learning rate rises to its full value.", valueName: "steps"))
  var warmUpSteps: Int = 0

  /// Puts what was asked for into `configuration`.
  func apply(to configuration: inout TrainingConfiguration) throws {
    configuration.optimization.optimizer = try method(
      otherwise: configuration.optimization.optimizer)
    if let clipGradientNorm { configuration.optimization.gradientNormLimit = clipGradientNorm }
    configuration.optimization.warmUpSteps = warmUpSteps
  }

  /// The optimiser asked for: `usual` where no other is named, with the fields that have options of their own.
  private func method(otherwise usual: OptimizationMethod) throws -> OptimizationMethod {
    var kind = usual.kind
    var fields = usual.fields
    do throws(DescriptionProblem) {
      if let optimizer {
        let specification = try Specification(optimizer)
        if specification.kind != kind { fields = [:] }
        kind = specification.kind
        fields.merge(specification.fields) { $1 }
      }
      let known = try OptimizationMethod(kind: kind, fields).fields
      let adam: [(String, Float?)] = [("beta1", beta1), ("beta2", beta2), ("epsilon", epsilon)]
      let others: [(String, Float?)] = [
        ("decay", decay), ("momentum", momentum), ("weight_decay", weightDecay),
      ]
      // DeepSpeech's commands pass Adam's settings with any optimiser.
      for (name, value) in adam.filter({ known[$0.0] != nil }) + others {
        if let value { fields[name] = .number(Double("\(value)") ?? Double(value)) }
      }
      if nesterov { fields["nesterov"] = .flag(true) }
      return try OptimizationMethod(kind: kind, fields)
    } catch { throw TrainingError(error, optimizer: kind) }
  }
}
