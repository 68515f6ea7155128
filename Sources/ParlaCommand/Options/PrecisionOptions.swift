public import ArgumentParser
public import ParlaNeuralNetwork
import ParlaRecognition

/// How exactly a recogniser keeps its weights.
struct PrecisionOptions: ParsableArguments {
  @Option(help: "Weights as int4, int8, bf16 or float32: fewer bits are faster.")
  var precision: WeightPrecision = RecognitionSettings.standard.precision
}

extension WeightPrecision: ExpressibleByArgument {}
