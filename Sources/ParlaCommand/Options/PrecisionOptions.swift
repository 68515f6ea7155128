public import ArgumentParser
public import ParlaNeuralNetwork

/// How exactly a recogniser keeps its weights.
struct PrecisionOptions: ParsableArguments {
  @Option(help: "Weights as int8, bf16 or float32: the shorter, the faster.")
  var precision: WeightPrecision = .int8
}

extension WeightPrecision: ExpressibleByArgument {}
