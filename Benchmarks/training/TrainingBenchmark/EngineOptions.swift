import ArgumentParser
import ParlaNeuralNetwork
import ParlaTorch

/// Which engine.
struct EngineOptions: ParsableArguments {
  @Option(help: "cpu or torch") var engine = "torch"
  @Option(help: "cpu, cuda or cuda:N") var device = "cuda"
  @Option(help: "libparla_torch.so, made by scripts/build-torch-engine")
  var library = ".build/torch-engine/libparla_torch.so"
  @Option var threads = 1
  @Option(help: "bf16 or float32") var precision = "float32"
  @Flag(help: "With bf16, no float16 anywhere.") var noHalf = false

  func make(
    _ graph: Graph, from snapshot: EngineSnapshot, _ method: OptimizationMethod
  ) throws -> any TrainingEngine {
    guard let precision = ["bf16": Precision.bfloat16, "float32": .float32][precision] else {
      throw ValidationError("--precision: found \(precision), expected bf16 or float32.")
    }
    var settings = EngineSettings(
      optimizer: method, threadCount: threads, precision: precision, device: device,
      libraryPaths: [library])
    settings.mayUseHalf = !noHalf
    switch engine {
    case "cpu": return CPUTrainingEngine(graph, from: snapshot, settings)
    case "torch": return try TorchTrainingEngine(graph, from: snapshot, settings)
    default: throw ValidationError("--engine: found \(engine), expected cpu or torch.")
    }
  }
}
