import ParlaNeuralNetwork

extension OptimizationMethod {
  /// What is impossible in the method's settings, if anything.
  var problem: TrainingError? {
    let share = "a number from 0 to below 1"
    switch self {
    case .adam(let beta1, let beta2, let epsilon):
      return Self.problem("--beta1", beta1, (0..<1).contains(beta1), share)
        ?? Self.problem("--beta2", beta2, (0..<1).contains(beta2), share)
        ?? Self.problem("--epsilon", epsilon, epsilon > 0 && epsilon.isFinite, "a number above 0")
    case .sgd(let momentum, let isNesterov):
      return Self.problem("--momentum", momentum, (0..<1).contains(momentum), share)
        ?? Self.problem(
          "--nesterov", momentum, !isNesterov || momentum > 0, "a --momentum above 0 with it")
    case .rmsprop(let decay, let epsilon, let momentum):
      return Self.problem("--decay", decay, (0..<1).contains(decay), share)
        ?? Self.problem("--epsilon", epsilon, epsilon > 0 && epsilon.isFinite, "a number above 0")
        ?? Self.problem("--momentum", momentum, (0..<1).contains(momentum), share)
    case .adadelta(let decay, let epsilon):
      return Self.problem("--decay", decay, (0..<1).contains(decay), share)
        ?? Self.problem("--epsilon", epsilon, epsilon > 0 && epsilon.isFinite, "a number above 0")
    }
  }

  private static func problem(
    _ name: String, _ found: Float, _ holds: Bool, _ expected: String
  ) -> TrainingError? {
    holds ? nil : .badSetting(name: name, found: "\(found)", expected: expected)
  }
}
