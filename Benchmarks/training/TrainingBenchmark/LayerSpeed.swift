import ArgumentParser
import ParlaNeuralNetwork

/// Layers as presets have them, as figures that a script reads.
struct LayerSpeed: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Milliseconds of a layer forwards and backwards, of wall and of processor time.")

  @Option(help: "One of: \(LayerCase.all.map(\.name).joined(separator: ", ")).") var layer: String
  @Option var batchSize = 16
  @Option var threads = 1
  @Option(help: "bf16 or float32") var precision = "float32"
  @Option(help: "Passages that are timed, after one that is not; the best counts.") var steps = 5

  func run() throws {
    guard let own = LayerCase.all.first(where: { $0.name == layer }) else {
      throw ValidationError(
        "--layer: found \(layer), expected \(LayerCase.all.map(\.name).joined(separator: ", ")).")
    }
    Compute.keepFreedMemory()
    let compute = Compute(
      threadCount: threads, precision: precision == "bf16" ? .bfloat16 : .float32)
    let (forwards, backwards) = try own.seconds(compute, batch: batchSize, steps: steps)
    print(
      """
      {"forwards": \(1000 * forwards.wall), "backwards": \(1000 * backwards.wall), \
      "cpu": \(1000 * (forwards.processor + backwards.processor))}
      """)
  }
}
