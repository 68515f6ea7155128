import Foundation
import ParlaAcousticModel
import ParlaFiles

/// A folder with a model of Hugging Face's transformers, as their `save_pretrained` writes it: settings, vocabulary and tensors.
struct HuggingFaceFolder: Sendable {
  /// Where it is.
  let path: String

  /// The language whose adapter takes the place of the one among the model's tensors; nil for that one.
  let language: String?

  /// What the settings of the network are called.
  static let configurationName = "config.json"
  static let vocabularyName = "vocab.json"
  static let preprocessorName = "preprocessor_config.json"
  static let tokenizerName = "tokenizer_config.json"
  static let tensorsName = "model.safetensors"
  private static let specialTokensName = "special_tokens_map.json"

  /// Files of tensors, the better one first: one file, or the list of several.
  private static let tensorNames = [
    tensorsName, "model.safetensors.index.json", "pytorch_model.bin",
    "pytorch_model.bin.index.json",
  ]

  /// The folder at `path`, or that of the adapter at `path`; nil where none of its files is there.
  init?(_ path: String) {
    if let language = Self.language(ofAdapter: path) {
      self.path = path.folderPath.isEmpty ? "." : path.folderPath
      self.language = language
    } else {
      self.path = path
      language = nil
    }
    let names = [Self.configurationName, Self.preprocessorName] + Self.tensorNames
    guard FileStatus(self.path)?.isFolder == true, names.contains(where: { holds($0) }) else {
      return nil
    }
  }

  /// `xyz` of `adapter.xyz.safetensors`, if the file at `path` is called so.
  private static func language(ofAdapter path: String) -> String? {
    ModelReader.languageOfAdapter(path)
  }

  /// The adapter of `language` in the folder at `path`, as a path that readers know.
  static func adapterPath(_ path: String, language: String) -> String {
    let names = ["safetensors", "bin"].map { "adapter.\(language).\($0)" }
    let name = names.first { FileStatus(path.appendingName($0)) != nil } ?? names[0]
    return path.appendingName(name)
  }

  /// The languages that there are adapters of, by name.
  var languages: [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return Set(names.compactMap { Self.language(ofAdapter: $0) }).sorted()
  }

  private func holds(_ name: String) -> Bool { FileStatus(path.appendingName(name)) != nil }

  // MARK: Files

  /// The settings in the file `name`, which must be there; `purpose` says what it is for.
  ///
  /// - Throws: `ModelError.incompleteFolder`, `.folderOfOwnModel`, `.unreadable`, `.damaged`.
  func settings(_ name: String, purpose: String) throws(ModelError) -> FolderSettings {
    guard holds(name) else {
      // An exported model has the name that transformers give to tensors.
      let own = path.appendingName(Self.tensorsName)
      if holds(Self.tensorsName), (try? AcousticModel(path: own)) != nil {
        throw .folderOfOwnModel(folder: path, name: Self.tensorsName)
      }
      throw .incompleteFolder(folder: path, missing: name, purpose: purpose)
    }
    return try FolderSettings(path: path.appendingName(name))
  }

  /// The settings of the tokeniser, if there are any.
  func tokenizerSettings() throws(ModelError) -> [String: JSONValue] {
    var result: [String: JSONValue] = [:]
    for name in [Self.specialTokensName, Self.tokenizerName] where holds(name) {
      result.merge(try FolderSettings(path: path.appendingName(name)).values) { $1 }
    }
    return result
  }

  /// The model's tensors, and the adapter's in the place of those of the same names.
  ///
  /// - Throws: `ModelError`, naming the file.
  func tensors() throws(ModelError) -> FolderTensors {
    guard let name = Self.tensorNames.first(where: { holds($0) }) else {
      throw .incompleteFolder(
        folder: path, missing: Self.tensorsName, purpose: "the network's weights")
    }
    let files = name.hasSuffix(".index.json") ? try files(listedBy: name) : [name]
    var tensors = FolderTensors(path: path.appendingName(files.first ?? name))
    for file in files { try tensors.add(path.appendingName(file)) }
    guard let language else { return tensors }
    let adapter = Self.adapterPath(path, language: language)
    guard FileStatus(adapter) != nil else {
      throw .noAdapter(folder: path, language: language, known: languages)
    }
    try tensors.add(adapter)
    return tensors
  }

  /// The files that a list of tensors names.
  private func files(listedBy name: String) throws(ModelError) -> [String] {
    let list = try FolderSettings(path: path.appendingName(name))
    guard let map = list.values["weight_map"]?.members else {
      throw list.problem("weight_map", "the file of each tensor")
    }
    let files = Set(map.values.compactMap(\.text)).sorted()
    for file in files where file.contains("/") || !holds(file) {
      throw .incompleteFolder(folder: path, missing: file, purpose: "some of the network's weights")
    }
    return files
  }
}
