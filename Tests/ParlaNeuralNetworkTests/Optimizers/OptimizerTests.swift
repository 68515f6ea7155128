import ParlaTestSupport
import Testing

@testable import ParlaNeuralNetwork

@Suite struct OptimizerTests {
  static let specifications = [
    ParameterSpecification(name: "a.weight", shape: [5], initializer: .zeros),
    ParameterSpecification(name: "b.weight", shape: [3], initializer: .zeros),
  ]

  static let methods: [(String, OptimizationMethod, Float)] = [
    ("adam", .adam(beta1: 0.8, beta2: 0.99, epsilon: 1e-12), 0.01), ("sgd", .sgd(), 0.1),
    ("adamw", .adamW(beta1: 0.8, beta2: 0.99, epsilon: 1e-3, weightDecay: 0.1), 0.01),
    ("momentum", .sgd(momentum: 0.9), 0.1),
    ("nesterov", .sgd(momentum: 0.9, isNesterov: true), 0.1),
    ("rmsprop", .rmsprop(decay: 0.95, epsilon: 1e-6), 0.01),
    ("rmsprop_momentum", .rmsprop(momentum: 0.5), 0.01), ("adadelta", .adadelta(), 1),
  ]

  /// The golden's start, and an additional tensor.
  static func start() throws -> Parameters {
    Parameters(
      specifications: specifications,
      tensors: [try Golden.tensor("optimizers/start"), Tensor(shape: [3], repeating: 1)])
  }

  /// The golden's gradients of a step, and those of the additional tensor.
  static func gradients(step: Int) throws -> Parameters {
    let gradient = try Golden.tensor("optimizers/gradients").rows(step..<step + 1)
    return Parameters(
      specifications: specifications,
      tensors: [Tensor(shape: [5], values: gradient.values), Tensor(shape: [3], repeating: 0.5)])
  }

  @Test(arguments: methods) func stepsArePyTorchs(
    golden: String, method: OptimizationMethod, rate: Float
  ) throws {
    let course = try Golden.tensor("optimizers/\(golden)")
    var optimizer = Optimizer(method, for: Self.specifications)
    var parameters = try Self.start()
    let compute = Compute(threadCount: 1)
    for step in 0..<course.shape[0] {
      optimizer.update(
        &parameters, along: try Self.gradients(step: step), learningRate: rate,
        compute: compute)
      expectClose(
        parameters.tensors[0].values, course.rows(step..<step + 1).values, absolute: 1e-6,
        relative: 2e-5)
    }
  }

  @Test(arguments: methods) func whatIsRestoredContinuesToTheBit(
    _: String, method: OptimizationMethod, rate: Float
  ) throws {
    let compute = Compute(threadCount: 2)
    var optimizer = Optimizer(method, for: Self.specifications)
    var parameters = try Self.start()
    for step in 0..<6 {
      let gradients = try Self.gradients(step: step)
      optimizer.update(&parameters, along: gradients, learningRate: rate, compute: compute)
    }
    var restored = Optimizer(method, for: Self.specifications)
    let isRestored = restored.restore(optimizer.slots, stepCounts: optimizer.stepCounts)
    #expect(isRestored)
    var again = parameters
    for step in 6..<12 {
      let gradients = try Self.gradients(step: step)
      optimizer.update(&parameters, along: gradients, learningRate: rate, compute: compute)
      restored.update(&again, along: gradients, learningRate: rate, compute: compute)
    }
    #expect(again == parameters)
    #expect(restored == optimizer)
  }

  @Test func aParameterWithoutARateStandsStillAndTakesNoSteps() throws {
    var optimizer = Optimizer(.adam(), for: Self.specifications)
    var parameters = try Self.start()
    let before = parameters
    optimizer.update(
      &parameters, along: try Self.gradients(step: 0), learningRates: [0, 0.1],
      compute: Compute(threadCount: 1))
    #expect(parameters.tensors[0] == before.tensors[0])
    #expect(parameters.tensors[1] != before.tensors[1])
    #expect(optimizer.stepCounts == [0, 1])
    #expect(optimizer.slots[0].parameters.tensors[0].values.allSatisfy { $0 == 0 })
  }

  @Test func anotherMethodsMemoryIsNotCopied() {
    let adam = Optimizer(.adam(), for: Self.specifications)
    var other = Optimizer(.rmsprop(), for: Self.specifications)
    let isRestored = other.restore(adam.slots, stepCounts: [5, 5])
    #expect(!isRestored)
    #expect(other.stepCounts == [0, 0])
  }

  @Test func clippingShortensAllGradientsTogether() {
    let compute = Compute(threadCount: 2)
    var gradients = Parameters(
      specifications: Self.specifications,
      tensors: [Tensor(shape: [5], repeating: 3), Tensor(shape: [3], repeating: 4)])
    let norm = Float(5 * 9 + 3 * 16).squareRoot()
    var clipped = gradients
    clipped.clip(toNorm: 2, of: [0, 1], compute: compute)
    expectClose(
      clipped.tensors.flatMap(\.values), gradients.tensors.flatMap(\.values).map { $0 * 2 / norm },
      relative: 1e-6)
    expectClose([Float(clipped.norm(of: [0, 1], compute: compute))], [2], relative: 1e-6)
    let before = gradients
    gradients.clip(toNorm: 100, of: [0, 1], compute: compute)
    #expect(gradients == before, "short ones stay as they are")
  }
}
