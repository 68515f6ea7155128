import Foundation
import ParlaAcousticModel
import ParlaAudio
import ParlaNeuralNetwork
import ParlaTestSupport
import ParlaTranscripts

// Usage: FuzzModels FOLDER COUNT [SEED [NAME]]
// Writes a small model of each format into FOLDER and opens COUNT damaged copies of each, or of those whose name has NAME
// in it, as `parla model inspect` and `parla transcribe` would. A crash, more than 256 MiB of memory or a copy that takes longer than a second is a failure;
// the last damaged file is left as FOLDER/damaged.

/// The most memory that the process has had, in bytes.
func peakMemory() -> Int {
  var usage = rusage()
  _ = unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
  return usage.ru_maxrss * 1024
}

/// A network of two units that writes two labels: large enough to have everything, small enough to be damaged often.
func smallModel() throws -> AcousticModel {
  let alphabet = try Alphabet(labels: [" ", "a"])
  let description = try ModelDescription.deepSpeech(
    labelCount: alphabet.labelCount, settings: ["n_hidden": "2"])
  let network = Network(description.layers, inputCount: description.features.inputCount)
  return AcousticModel(
    description: description, alphabet: alphabet,
    parameters: Parameters(initializing: network.parameters, seed: 1),
    metadata: ModelMetadata(language: "cy", beamWidth: 9))
}

/// A file to damage, and how its copies are opened; `repaired` mends checksums that would hide what is behind them.
struct Target {
  let name: String
  let bytes: [UInt8]
  var damagedName = "damaged"
  var opened = "damaged"
  var repaired: ([UInt8]) -> [UInt8] = { $0 }
}

/// The tables' checksums as they ought to be, where the blocks of `original` stood.
func repairedTable(_ bytes: [UInt8], like original: [UInt8]) -> [UInt8] {
  guard bytes.count == original.count else { return bytes }
  let checksum = CRC32C()
  var bytes = bytes
  // A block ends with its compression, 0, and its checksum; wherever the original's was right, the copy's is made so.
  for (range, place) in blocks(of: original, checksum) {
    let value = unsafe bytes[range].withUnsafeBytes { CRC32C.masked(unsafe checksum($0)) }
    for index in 0..<4 {
      bytes[place + index] = UInt8(truncatingIfNeeded: value >> (8 * UInt32(index)))
    }
  }
  return bytes
}

/// The blocks of a table, one after another from its start: their bytes with the compression, and their checksums' place.
func blocks(of table: [UInt8], _ checksum: CRC32C) -> [(Range<Int>, Int)] {
  var found: [(Range<Int>, Int)] = []
  var start = 0
  for end in 1..<max(table.count - 4, 1) where end > start {
    let stored = (0..<4).reduce(UInt32(0)) { $0 | UInt32(table[end + $1]) << (8 * UInt32($1)) }
    let value = unsafe table[start..<end].withUnsafeBytes { CRC32C.masked(unsafe checksum($0)) }
    if stored == value {
      found.append((start..<end, end))
      start = end + 4
    }
  }
  return found
}

/// Everything that is to be damaged; `folder` gets what stands beside it.
func targets(_ folder: String) throws -> [Target] {
  func content(_ path: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
  }
  let model = try smallModel()
  var targets: [Target] = []
  for format in [ModelFormat.safetensors, .pb, .pbmm, .tflite, .onnx] {
    let path = "\(folder)/small.\(format.rawValue)"
    try model.write(to: path, as: format)
    targets.append(Target(name: format.rawValue, bytes: try content(path)))
  }
  try model.write(to: folder + "/bytes.tflite", as: .tflite, isQuantized: true)
  targets.append(Target(name: "tflite, int8", bytes: try content(folder + "/bytes.tflite")))
  let official = Fixture.path("exchange/output_graph.pb")
  targets.append(Target(name: "official pb", bytes: try content(official)))
  let checkpoint = Fixture.path("exchange/checkpoint/train-5")
  let (index, data) = (
    try content(checkpoint + ".index"), try content(checkpoint + ".data-00000-of-00001")
  )
  let dataName = "index.data-00000-of-00001"
  try Data(data).write(to: URL(fileURLWithPath: "\(folder)/\(dataName)"))
  try Data(index).write(to: URL(fileURLWithPath: "\(folder)/data.index"))
  targets += [
    Target(name: "checkpoint's index", bytes: index, damagedName: "index.index", opened: "index"),
    Target(
      name: "checkpoint's index, checksums mended", bytes: index, damagedName: "index.index",
      opened: "index", repaired: { repairedTable($0, like: index) }),
    Target(
      name: "checkpoint's data", bytes: data, damagedName: "data.data-00000-of-00001",
      opened: "data"),
  ]
  return targets
}

/// Opens `count` damaged copies of `target`, and says how many opened, how long the slowest took and what memory grew to.
func survive(_ target: Target, _ folder: String, _ count: Int, _ mutator: inout Mutator) throws {
  let damaged = "\(folder)/\(target.damagedName)"
  var (openedCount, slowest) = (0, Duration.zero)
  let former = peakMemory()
  for _ in 0..<count {
    let bytes = target.repaired(mutator.mutated(target.bytes))
    try Data(bytes).write(to: URL(fileURLWithPath: damaged))
    let time = ContinuousClock().measure {
      let path = "\(folder)/\(target.opened)"
      if let summary = try? ModelSummary(path: path), !summary.layers.isEmpty { openedCount += 1 }
    }
    slowest = max(slowest, time)
  }
  let grown = (peakMemory() - former) / 1_000_000
  let report =
    "\(target.name): \(count) damaged copies of \(target.bytes.count) bytes, \(openedCount) opened, "
    + "slowest \(slowest), memory grew by \(grown) MB\n"
  try FileHandle.standardOutput.write(contentsOf: Data(report.utf8))
  guard slowest < .seconds(1) else { exit(1) }
}

let arguments = CommandLine.arguments
guard arguments.count >= 3, let count = Int(arguments[2]) else {
  FileHandle.standardError.write(Data("Usage: FuzzModels FOLDER COUNT [SEED [NAME]]\n".utf8))
  exit(2)
}
var limit = rlimit(rlim_cur: 1 << 28, rlim_max: 1 << 28)
_ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_DATA.rawValue), &limit)
var mutator = Mutator(seed: arguments.count > 3 ? UInt64(arguments[3]) ?? 1 : 1)
let name = arguments.count > 4 ? arguments[4] : ""
for target in try targets(arguments[1]) where name.isEmpty || target.name.contains(name) {
  try survive(target, arguments[1], count, &mutator)
}
