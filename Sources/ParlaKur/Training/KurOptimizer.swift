package import ParlaNeuralNetwork

/// How a Kurfile's training makes steps: `optimizer`.
package struct KurOptimizer: Sendable {
  /// What gradients become.
  package let method: OptimizationMethod

  /// What the norm of all gradients together, or each of their numbers, is limited to.
  package enum Clipping: Sendable, Equatable {
    case norm(Double)
    case absolute(Double)
  }

  /// How gradients are limited; nil if they are not.
  package let clipping: Clipping?

  /// Whether a step continues in the direction of those before it.
  package let hasMomentum: Bool

  /// The source whose mean the rate is multiplied by.
  package let scaleSource: String?

  private let rate: Double
  private let decay: Double
  private let scalesByRoot: Bool

  private static let names = ["adam", "sgd", "rmsprop", "adadelta"]

  /// Reads the setting: a name, or a mapping; adam if there is none.
  ///
  /// Zero counts as the default, as in Kur.
  /// - Throws: `KurError.section`.
  package init(_ train: KurSettings) throws(KurError) {
    let value = train["optimizer"]
    let mapping: PythonValue? =
      value?.string.map { .dictionary(PythonDictionary([(.string("name"), .string($0))])) } ?? value
    let settings = try KurSettings(mapping, path: train.path, place: train.place + ".optimizer")
    let name = (try settings.text("name") ?? "adam").lowercased()
    func number(_ name: String, _ usual: Double) throws(KurError) -> Double {
      let number = try settings.number(name) ?? 0
      guard number >= 0 else { throw settings.problem(name, "\(number)", "a positive number") }
      return number == 0 ? usual : number
    }
    let common = ["name", "learning_rate", "decay", "clip", "scale_rate", "scale_mode"]
    switch name {
    case "sgd":
      try settings.allow(only: common + ["momentum", "nesterov"])
      rate = try number("learning_rate", 0.01)
      method = .sgd(
        momentum: Float(try number("momentum", 0)),
        isNesterov: settings.flag("nesterov") ?? false)
    case "adam":
      try settings.allow(only: common)
      rate = try number("learning_rate", 0.001)
      method = .adam()
    case "rmsprop":
      try settings.allow(only: common + ["rho", "epsilon"])
      rate = try number("learning_rate", 0.001)
      method = .rmsprop(
        decay: Float(try number("rho", 0.9)), epsilon: Float(try number("epsilon", 1e-8)))
    case "adadelta":
      try settings.allow(only: common + ["rho", "epsilon"])
      rate = try number("learning_rate", 1)
      method = .adadelta(
        decay: Float(try number("rho", 0.95)), epsilon: Float(try number("epsilon", 1e-8)))
    default:
      let suggestion = nearest(name, Self.names).map { "; did you mean \($0)?" } ?? ""
      throw settings.problem(
        "name", name + suggestion, Self.names.joined(separator: ", "))
    }
    decay = try number("decay", 0)
    let momentum = try name == "sgd" ? number("momentum", 0) : 0
    hasMomentum = momentum > 0
    clipping = try Self.clipping(settings)
    scaleSource = try settings.text("scale_rate")
    let mode = try settings.text("scale_mode") ?? "linear"
    guard ["linear", "sqrt"].contains(mode) else {
      throw settings.problem("scale_mode", mode, "linear or sqrt")
    }
    scalesByRoot = mode == "sqrt"
  }

  private static func clipping(_ settings: KurSettings) throws(KurError) -> Clipping? {
    guard settings["clip"] != nil else { return nil }
    let clip = try settings.settings("clip")
    try clip.allow(only: ["norm", "abs"])
    for (name, make) in [("norm", Clipping.norm), ("abs", Clipping.absolute)] {
      guard let limit = try clip.number(name) else { continue }
      guard limit > 0 else { throw clip.problem(name, "\(limit)", "a positive number") }
      return make(limit)
    }
    throw clip.problem("", "neither norm nor abs", "one of them")
  }

  /// The rate of the step after `stepCount` others, on `batch`.
  ///
  /// Keras counts a step before it asks for the decay, so that the first one is decayed already.
  package func rate(after stepCount: Int, _ batch: KurBatch) -> Float {
    var rate = rate / (1 + decay * Double(stepCount + 1))
    if let scaleSource, let values = batch[scaleSource]?.array?.values, !values.isEmpty {
      let mean = values.reduce(0, +) / Double(values.count)
      rate *= scalesByRoot ? mean.squareRoot() : mean
    }
    return Float(rate)
  }
}
