import ArgumentParser
import ParlaAcousticModel
import ParlaNeuralNetwork

/// Times the steps of a training on random numbers, compared with the machine's peak rates.
@main struct TrainingBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "TrainingBenchmark",
    abstract:
      "Times a training step of DeepSpeech's network, its layers, and the machine's limits.",
    discussion: """
      Example:

        TrainingBenchmark layers --n-hidden 2048 --precision bf16
      """,
    subcommands: [
      Step.self, Layers.self, Limits.self, Check.self, EngineSpeed.self, EngineCheck.self,
      LayerSpeed.self, NetworkSpeed.self, Processes.self,
    ])
}

/// Which network, on what, by how many threads.
struct StepOptions: ParsableArguments {
  @Option(name: .customLong("n-hidden")) var hiddenCount = 512
  @Option var batchSize = 16
  @Option var frames = 250
  @Option var threads = 1
  @Option(help: "auto, bf16 or float32") var precision = "auto"
  @Option(help: "Steps that are timed, after one that is not.") var steps = 3

  func makeStep() throws -> TrainingStep {
    let precisions: [String: Precision] = [
      "auto": .fastest, "bf16": .bfloat16, "float32": .float32,
    ]
    guard let precision = precisions[precision] else {
      throw ValidationError("--precision: found \(precision), expected auto, bf16 or float32.")
    }
    Compute.keepFreedMemory()
    return try TrainingStep(
      hiddenCount: hiddenCount, batchSize: batchSize, frameCount: frames,
      compute: Compute(threadCount: threads, precision: precision))
  }
}

/// The whole step, as figures that a script reads.
struct Step: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Seconds of a step, of wall and of processor time, and the peak memory.")

  @OptionGroup var options: StepOptions

  func run() throws {
    var step = try options.makeStep()
    step.run()
    var time = Stopwatch()
    for _ in 0..<options.steps { step.run() }
    time.stop()
    print(
      """
      {"wall": \(time.wall / Double(options.steps)), \
      "cpu": \(time.processor / Double(options.steps)), \
      "peak_mb": \(Stopwatch.peakMegabytes), "path": "\(step.compute.path)", \
      "precision": "\(step.compute.precision)"}
      """)
  }
}
