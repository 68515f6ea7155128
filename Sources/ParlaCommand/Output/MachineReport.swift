import Foundation
import ParlaAudio
import ParlaCorpusImport
import ParlaFiles
import ParlaNeuralNetwork
import ParlaTorch
import ParlaTraining

/// What this machine offers to Parla, and what is missing.
struct MachineReport: Encodable {
  /// One thing that was looked for.
  struct Finding: Encodable {
    /// What was looked for.
    let name: String
    /// What was found.
    let found: String
    /// How to get what is missing; nil if nothing is.
    let advice: String?
    /// Whether Parla works without it.
    let isOptional: Bool

    init(_ name: String, _ found: String, advice: String? = nil, isOptional: Bool = false) {
      self.name = name
      self.found = found
      self.advice = advice
      self.isOptional = isOptional
    }
  }

  /// In the order in which they are printed.
  let findings: [Finding]

  /// Looks at this machine.
  static func made(torchLibraryPaths: [String]) -> MachineReport {
    MachineReport(findings: [
      parla, processor, threads, memory, temporaryFolder, sound, archives, torch(torchLibraryPaths),
      mpi, pictures,
    ])
  }

  /// Whether something is missing without which commands fail.
  var isWhole: Bool { !findings.contains { $0.advice != nil && !$0.isOptional } }

  /// A line for each finding, and what to do below it.
  var text: String {
    let width = findings.map(\.name.count).max() ?? 0
    return findings.map { finding in
      let name = finding.name.padding(toLength: width, withPad: " ", startingAt: 0)
      let advice = finding.advice.map {
        "\n" + String(repeating: " ", count: width + 2) + "→ " + $0
      }
      return "\(name)  \(finding.found)\(advice ?? "")"
    }.joined(separator: "\n")
  }

  private static var parla: Finding {
    let build = BuildDescription.current
    return Finding(
      "parla", build.commit.isEmpty ? build.version : "\(build.version) (\(build.commit))")
  }

  private static var processor: Finding {
    let precision =
      Precision.fastest == .bfloat16 ? "trains in bfloat16" : "trains in float32"
    let instructions = KernelPath.best.rawValue
    return Finding("processor", "\(processorName), instructions: \(instructions), \(precision)")
  }

  private static var processorName: String {
    let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
    let name = line?.split(separator: ":", maxSplits: 1).last?.trimmingCharacters(in: .whitespaces)
    #if arch(arm64)
      return name ?? "ARM, 64 bits"
    #else
      return name ?? "x86, 64 bits"
    #endif
  }

  private static var threads: Finding {
    let present = ProcessInfo.processInfo.processorCount
    let usable = Processors.count
    return Finding(
      "threads",
      usable < present ? "\(usable) of \(present), limited by a quota" : "\(usable)")
  }

  private static var memory: Finding {
    let free = AvailableMemory.bytes
    let all = Int(ProcessInfo.processInfo.physicalMemory)
    return Finding(
      "memory", "\(gibibytes(free)) GiB free of \(gibibytes(all))",
      advice: free < 1 << 29
        ? "Training needs 1 GiB and more: end other programs, or pass a smaller --n-hidden and --memory."
        : nil,
      isOptional: true)
  }

  private static func gibibytes(_ bytes: Int) -> String {
    rounded(Double(bytes) / 1_073_741_824, 1)
  }

  private static var temporaryFolder: Finding {
    let folder = FileManager.default.temporaryDirectory.path
    guard FileManager.default.isWritableFile(atPath: folder) else {
      return Finding(
        "temporary files", "\(folder), which is not writable",
        advice: "Name another folder: export TMPDIR=FOLDER")
    }
    let attributes = try? FileManager.default.attributesOfFileSystem(forPath: folder)
    let free = (attributes?[.systemFreeSize] as? NSNumber)?.intValue
    return Finding(
      "temporary files", free.map { "\(folder), \(gibibytes($0)) GiB free" } ?? folder)
  }

  private static var sound: Finding {
    if let problem = ReadableFormats.problem {
      return Finding("sound", "no files are read", advice: "\(problem).")
    }
    let formats = ReadableFormats.extensions
    let hasMP3 = formats.contains("mp3")
    return Finding(
      "sound", "\(ReadableFormats.library) reads \(formats.joined(separator: ", "))",
      advice: hasMP3
        ? nil : "MP3 needs libsndfile 1.1 or newer: Debian 12, Ubuntu 22.10, or build it yourself.",
      isOptional: true)
  }

  private static var archives: Finding {
    let version = ArchiveLibrary.version
    return Finding(
      "archives", version ?? "only folders are imported",
      advice: version == nil
        ? "For corpora as downloaded, on Debian and Ubuntu: apt-get install libarchive13" : nil,
      isOptional: true)
  }

  private static func torch(_ paths: [String]) -> Finding {
    do throws(TorchError) {
      return Finding("graphics cards", "torch \(try TorchProbe.version(paths: paths))")
    } catch .noLibrary {
      return Finding(
        "graphics cards", "no torch engine",
        advice:
          "For NVIDIA cards: pip install torch, then scripts/build-torch-engine of https://github.com/parla-speech/parla",
        isOptional: true)
    } catch {
      return Finding(
        "graphics cards", "a torch engine that does not work", advice: "\(error)", isOptional: true)
    }
  }

  /// Where the program `name` is.
  private static func program(_ name: String) -> String? {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    return folders.map { "\($0)/\(name)" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  private static var pictures: Finding {
    let program = program("rsvg-convert")
    return Finding(
      "pictures", program.map { "PNG by \($0)" } ?? "SVG only",
      advice: program == nil
        ? "For Kurfiles' plots as PNG, on Debian and Ubuntu: apt-get install librsvg2-bin" : nil,
      isOptional: true)
  }

  private static var mpi: Finding {
    let program = program("mpirun")
    return Finding(
      "several processes", program ?? "no MPI",
      advice: program == nil
        ? "For training on several hosts, on Debian and Ubuntu: apt-get install openmpi-bin" : nil,
      isOptional: true)
  }
}
