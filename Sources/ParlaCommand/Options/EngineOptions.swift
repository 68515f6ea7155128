import ArgumentParser
import Foundation
import ParlaMPI
import ParlaTraining

/// What computes a training.
struct EngineOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Compute on the CPU or, with torch, on NVIDIA GPUs (scripts/build-torch-engine).",
      valueName: "cpu|torch"))
  var engine: String = "cpu"

  @Option(
    help: ArgumentHelp(
      "Device of torch. (default: cuda)", valueName: "cuda|cuda:N|cpu"))
  var device: String?

  @Option(
    help: ArgumentHelp(
      "The library that connects Parla with libtorch, if it is not next to the program.",
      valueName: "file"), completion: .file())
  var torchLibrary: String?

  func validate() throws {
    guard engine != "torch" else { return }
    if let device, device != "cpu" {
      throw ValidationError("--device: found \(device), expected --engine torch with it.")
    }
    if torchLibrary != nil {
      throw ValidationError("--torch-library: found --engine \(engine), expected --engine torch.")
    }
  }

  /// Puts what was asked for into `configuration`.
  func apply(to configuration: inout TrainingConfiguration) {
    configuration.hardware.engine = engine
    configuration.hardware.device = device ?? ""
    if engine == "torch", ["", "cuda"].contains(configuration.hardware.device),
      let index = MPIEnvironment.indexOnHost
    {
      // Each process on a card of its own.
      configuration.hardware.device = "cuda:\(index)"
    }
    configuration.hardware.torchLibraryPaths = Self.libraryPaths(torchLibrary)
  }

  /// Where the library may be: next to the program, in the `lib` next to its folder, or where a build of Parla leaves it.
  static func libraryPaths(_ named: String?) -> [String] {
    if let named { return [named] }
    let file = "libparla_torch.so"
    let program = Bundle.main.executableURL?.resolvingSymlinksInPath()
    guard let folder = program?.deletingLastPathComponent() else { return [file] }
    return ["", "../lib", "../torch-engine", "../../torch-engine"].map {
      folder.appendingPathComponent($0).appendingPathComponent(file).standardized.path
    }
  }
}
