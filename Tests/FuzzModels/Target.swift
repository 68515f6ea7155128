import Foundation
import ParlaAcousticModel
import ParlaAudio
import ParlaFiles
import ParlaKur
import ParlaModelDescription
import ParlaModelExchange
import ParlaNeuralNetwork
import ParlaTestSupport
import ParlaTranscripts

/// A file to damage, and what is done with its copies.
struct Target {
  let name: String
  let bytes: [UInt8]

  /// Where in the folder the damaged copy is put.
  let damagedName: String

  /// Writes the files next to the copy.
  var prepare: () throws -> Void = {}

  /// Recomputes checksums that would hide later damage.
  var repaired: ([UInt8]) -> [UInt8] = { $0 }

  /// Updates the files next to the copy, such as its checksums.
  var repair: ([UInt8]) throws -> Void = { _ in }

  /// Uses the damaged copy, the `round`th, and says whether it could be opened; an error is as good.
  let open: (_ round: Int) throws -> Bool
}

/// Everything that is to be damaged; `folder` receives the files next to it.
func targets(_ folder: String) throws -> [Target] {
  let use = try Usage(folder: folder)
  return try modelTargets(folder, use) + tensorFlowTargets(folder, use)
    + checkpointTargets(folder, use) + textAndArrayTargets(folder, use) + pickleTargets(folder)
}

/// A network of two units that writes two labels: large enough to have everything, small enough to be damaged often.
func smallModel() throws -> AcousticModel {
  let alphabet = try Alphabet(labels: [" ", "a"])
  let description = try ModelDescription.deepSpeech(
    labelCount: alphabet.labelCount, settings: ["n_hidden": "2"])
  return AcousticModel(
    description: description, alphabet: alphabet,
    parameters: Parameters(initializing: description.graph.parameters, seed: 1),
    metadata: ModelMetadata(language: "cy", beamWidth: 9))
}

/// The bytes of the file at `path`.
func content(_ path: String) throws -> [UInt8] {
  [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
}

// MARK: - Kinds of files

/// Models of every format, each opened in every way that one model file is.
private func modelTargets(_ folder: String, _ use: Usage) throws -> [Target] {
  let model = try smallModel()
  var files: [(name: String, bytes: [UInt8])] = []
  for format in [ModelFormat.safetensors, .pb, .pbmm, .tflite, .onnx] {
    for isQuantized in [false, true] where !isQuantized || [.safetensors, .tflite].contains(format)
    {
      let path = "\(folder)/small"
      try model.write(to: path, as: format, isQuantized: isQuantized)
      files.append((format.rawValue + (isQuantized ? ", int8" : ""), try content(path)))
    }
  }
  files.append(("official pb", try content(Fixture.path("exchange/output_graph.pb"))))
  let path = "\(folder)/damaged"
  return files.flatMap { name, bytes in
    [
      Target(name: "\(name): inspected", bytes: bytes, damagedName: "damaged") { _ in
        try use.inspect(path)
      },
      Target(name: "\(name): recognised with", bytes: bytes, damagedName: "damaged") {
        try use.recognize(path, round: $0)
      },
      Target(name: "\(name): exported", bytes: bytes, damagedName: "damaged") {
        try use.export(path, round: $0)
      },
      Target(name: "\(name): trained from", bytes: bytes, damagedName: "damaged") { _ in
        try use.train(from: path)
      },
    ]
  }
}

/// A checkpoint of TensorFlow: index, data and the files next to them, opened with Adam's moments.
private func tensorFlowTargets(_ folder: String, _ use: Usage) throws -> [Target] {
  let place = "\(folder)/tensorflow"
  try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
  let official = Fixture.path("exchange/checkpoint")
  let index = try content(official + "/train-5.index")
  let dataName = "train-5.data-00000-of-00001"
  let data = try content("\(official)/\(dataName)")
  let alphabet = try content(official + "/alphabet.txt")
  let flags = [UInt8](
    """
    --audio_sample_rate=16000
    --feature_win_len=32
    --feature_win_step=20
    --relu_clip=20.0
    --export_beam_width=500
    --export_language=cy
    """.utf8)
  let files = [
    ("train-5.index", index), (dataName, data), ("alphabet.txt", alphabet), ("flags.txt", flags),
    ("checkpoint", [UInt8]("model_checkpoint_path: \"train-5\"\n".utf8)),
  ]
  func target(_ what: String, _ damaged: String, repaired: Bool = false) -> [Target] {
    let bytes = files.first { $0.0 == damaged }?.1 ?? []
    let ways: [(String, (Int) throws -> Bool)] = [
      ("inspected", { _ in try use.inspect(place) }),
      ("recognised with", { try use.recognize(place, round: $0) }),
      ("trained from", { _ in try use.train(from: place) }),
    ]
    return ways.map { way, open in
      Target(
        name: "checkpoint's \(what): \(way)", bytes: bytes, damagedName: "tensorflow/\(damaged)",
        prepare: { try write(files, to: place) },
        repaired: { repaired ? repairedTable($0, like: bytes) : $0 }, open: open)
    }
  }
  return target("index", "train-5.index")
    + target("index, checksums repaired", "train-5.index", repaired: true)
    + target("data", dataName) + target("flags", "flags.txt")
    + target("alphabet", "alphabet.txt") + target("state", "checkpoint")
}

/// A checkpoint of Parla: weights with the optimiser's memory, and the record next to them.
private func checkpointTargets(_ folder: String, _ use: Usage) throws -> [Target] {
  let place = "\(folder)/checkpoints"
  let names = try use.makeCheckpoint(place)
  let files = try names.map { ($0, try content("\(place)/\($0)")) }
  return files.flatMap { name, bytes in
    let ending = (name as NSString).pathExtension
    let ways: [(String, (Int) throws -> Bool)] = [
      ("resumed", { _ in try use.resume(place) }),
      ("trained from", { _ in try use.train(from: place) }),
      ("exported", { try use.export(place, round: $0) }),
    ]
    return ways.map { way, open in
      Target(
        name: "Parla's checkpoint, \(ending): \(way)", bytes: bytes,
        damagedName: "checkpoints/\(name)", prepare: { try write(files, to: place) },
        repair: { if ending == "safetensors" { try repairRecord(of: $0, in: place) } }, open: open)
    }
  }
}

/// Descriptions, alphabets and arrays.
private func textAndArrayTargets(_ folder: String, _ use: Usage) throws -> [Target] {
  let path = "\(folder)/damaged"
  let description = [UInt8](use.descriptionText.utf8)
  let alphabet = [UInt8]("# letters\n \na\n\\#\nb\n".utf8)
  let (probabilities, features) = try use.makeArrays(folder)
  return [
    Target(name: "description", bytes: description, damagedName: "damaged") { _ in
      try use.readDescription(path)
    },
    Target(name: "alphabet", bytes: alphabet, damagedName: "damaged") { _ in
      try !Alphabet(path: path).labels.isEmpty
    },
    Target(name: "probabilities: decoded", bytes: probabilities, damagedName: "damaged") { _ in
      try use.decode(path)
    },
    Target(name: "features: recognised", bytes: features, damagedName: "damaged") { _ in
      try use.hearFeatures(path)
    },
  ]
}

/// Pickles of NumPy's arrays as Kur's data, and of PyTorch's tensors.
private func pickleTargets(_ folder: String) throws -> [Target] {
  let path = "\(folder)/damaged"
  let archive = Fixture.path("hugging-face/archive/floats.bin")
  let file = try Data(contentsOf: URL(fileURLWithPath: archive))
  let members = try ZipDirectory(file, path: archive).storedRanges(in: file)
  let tensors = members.filter { $0.key.hasSuffix("/data.pkl") }.map { [UInt8](file[$0.value]) }
  return try (0...5).map { version in
    Target(
      name: "pickle of arrays, protocol \(version)",
      bytes: try content(Fixture.path("pickles/arrays-\(version).pkl")), damagedName: "damaged"
    ) { _ in
      try PickleSupplier(path: path).count >= 0
    }
  }
    + tensors.map {
      Target(name: "pickle of tensors", bytes: $0, damagedName: "damaged") { _ in
        try !TensorPickle.tensors(Data(content(path)), path: path).isEmpty
      }
    }
}

/// Makes `folder` hold `files` and nothing else.
private func write(_ files: [(String, [UInt8])], to folder: String) throws {
  try? FileManager.default.removeItem(atPath: folder)
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  for (name, bytes) in files {
    try Data(bytes).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
  }
}
