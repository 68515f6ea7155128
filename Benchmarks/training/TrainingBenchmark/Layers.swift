import ArgumentParser
import Foundation
import ParlaNeuralNetwork

/// Where the time of a step goes, and how far each part is from what the machine could do.
struct Layers: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Seconds of each layer forwards and backwards, and its share of the roofline.",
    discussion: """
      The roofline of a layer is the time that its products would take at the highest rate of the \
      instructions, or its recurrent weights to be read from the third cache for each frame, \
      whichever is longer. Run with one thread.
      """)

  @OptionGroup var options: StepOptions

  func run() throws {
    var step = try options.makeStep()
    let limits = MachineLimits()
    let rate = limits.operations[step.compute.precision] ?? 1
    step.run()
    var table = Table()
    for _ in 0..<options.steps { profile(&step, into: &table) }
    print("part                  seconds  Gop/s  limit  share of the roofline")
    for row in table.rows {
      let seconds = row.seconds / Double(options.steps)
      let floor = row.cost.floor(rate: rate, bandwidth: limits.thirdCache)
      print(
        row.name.padding(toLength: 20, withPad: " ", startingAt: 0),
        String(format: "%8.4f", seconds),
        row.cost.operations == 0
          ? ""
          : String(
            format: "%6.1f %6.1f  %4.2f", row.cost.operations / seconds / 1e9, rate / 1e9,
            floor / seconds))
    }
    let total = table.rows.reduce(0) { $0 + $1.seconds } / Double(options.steps)
    let floor = table.rows.reduce(0) {
      $0 + $1.cost.floor(rate: rate, bandwidth: limits.thirdCache)
    }
    print(
      String(
        format: "step %.3f s, %.1f s of sound a second; share of the roofline %.2f", total,
        Double(options.frames * options.batchSize) * 0.02 / total, floor / total))
  }

  private func profile(_ step: inout TrainingStep, into table: inout Table) {
    let pass = step.pass(seed: 1)
    var output = step.input
    var saved: [Saved] = []
    for node in step.graph.nodes {
      let layer = node.layer
      let weights = LayerWeights(step.parameters.tensors[node.parameterRange])
      let result = table.time(layer.name, cost(layer, step, isForward: true)) {
        var inputs = [output]
        return layer.forward(&inputs, weights, pass)
      }
      output = result.output
      saved.append(result.saved)
    }
    var gradient = table.time("CTC", Cost()) { step.loss(output.values).logitsGradient }
    var gradients: [[Tensor]] = []
    for node in step.graph.nodes.reversed() {
      let layer = node.layer
      let isFirst = node.seesInput
      let cost = cost(layer, step, isForward: false, hasInputGradient: !isFirst)
      let weights = LayerWeights(step.parameters.tensors[node.parameterRange])
      var layerGradients = layer.parameters.map { Tensor(shape: $0.shape) }
      gradient = table.time(layer.name + " back", cost) {
        layer.backward(
          gradient, saved.removeLast(), weights, gradients: &layerGradients, wanted: [!isFirst],
          pass)[0]
      }
      gradients.append(layerGradients)
    }
    let all = Parameters(
      specifications: step.parameters.specifications, tensors: gradients.reversed().flatMap { $0 })
    table.time("Adam", Cost()) { step.update(along: all) }
  }

  /// Two operations for each weight and frame, twice that backwards, where weights and inputs have a gradient.
  private func cost(
    _ layer: any Layer, _ step: TrainingStep, isForward: Bool, hasInputGradient: Bool = true
  ) -> Cost {
    let matrices = layer.parameters.filter { $0.shape.count == 2 }
    let weights = matrices.reduce(0) { $0 + $1.shape[0] * $1.shape[1] }
    let products = isForward ? 1 : hasInputGradient ? 2 : 1
    let frames = step.frameCount * step.batchSize
    var cost = Cost(operations: Double(2 * weights * frames * products))
    if let recurrent = matrices.first(where: \.isRecurrent) {
      let bytes = step.compute.precision == .bfloat16 ? 2 : 4
      cost.recurrentBytes = Double(
        recurrent.shape[0] * recurrent.shape[1] * bytes * step.frameCount)
      cost.recurrentOperations = Double(2 * recurrent.shape[0] * recurrent.shape[1] * frames)
    }
    return cost
  }
}

/// What a part of a step has to do.
private struct Cost {
  var operations = 0.0
  var recurrentOperations = 0.0
  var recurrentBytes = 0.0

  /// The shortest time that it can take.
  func floor(rate: Double, bandwidth: Double) -> Double {
    (operations - recurrentOperations) / rate
      + max(recurrentOperations / rate, recurrentBytes / bandwidth)
  }
}

/// Seconds by part, in the order in which the parts came.
private struct Table {
  private(set) var rows: [(name: String, seconds: Double, cost: Cost)] = []

  @discardableResult
  mutating func time<Result>(_ name: String, _ cost: Cost, _ work: () -> Result) -> Result {
    var time = Stopwatch()
    let result = work()
    time.stop()
    if let index = rows.firstIndex(where: { $0.name == name }) {
      rows[index].seconds += time.processor
    } else {
      rows.append((name, time.processor, cost))
    }
    return result
  }
}
