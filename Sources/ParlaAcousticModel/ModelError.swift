package import ParlaDescriptions
public import ParlaFiles
import ParlaTranscripts

/// Faults of a model: of its description, its file or its checkpoints.
public enum ModelError: DescribedError, Equatable {
  /// The description cannot be read as YAML.
  case notYAML(path: String, reason: String)
  /// A line of the description says something that no layer or setting understands.
  case badDescription(path: String, line: Int, found: String, expected: String)
  /// The settings say something impossible, before any file is touched.
  case badSetting(name: String, found: String, expected: String)
  /// The file cannot be opened or read.
  case unreadable(path: String, reason: String)
  /// The file is none of Parla's models.
  case notAModel(path: String, found: String)
  /// The file describes a model, and holds none: a Kurfile, or a network in YAML.
  case descriptionAlone(path: String)
  /// The file or folder is none of Parla's own models, and nothing that reads others was passed.
  case noReader(path: String)
  /// The file is shorter than its header says.
  case cutOff(path: String, found: Int, expected: Int)
  /// The file breaks off before the part that says how long it is.
  case withoutEnd(path: String, found: Int, kind: String)
  /// The file's header contradicts itself or the file.
  case damaged(path: String, reason: String)
  /// A tensor of the file holds numbers that are none, or infinite.
  case notFinite(path: String, tensor: String)
  /// The file is of a known kind, but Parla's layers cannot do what its network does.
  case foreignModel(path: String, found: String, expected: String)
  /// The file does not say what its model writes.
  case alphabetNeeded(path: String, labelCount: Int)
  /// The alphabet has a different number of labels from the network's outputs, not counting the blank.
  case unsuitableAlphabet(path: String, found: Int, expected: Int)
  /// The file says what its model writes, and it is not what was asked for.
  case knownAlphabet(path: String, found: String, expected: String)
  /// The format cannot carry the model.
  case notExpressible(format: String, found: String, expected: String)
  /// The checkpoint's weights are of another shape than the network that is wanted.
  case otherGeometry(path: String, parameter: String, found: [Int], expected: [Int])
  /// The checkpoint's network has other layers than the one that is wanted.
  case otherLayers(path: String, found: [String], expected: [String])
  /// The checkpoint writes other characters than the corpus.
  case otherAlphabet(path: String, found: String, expected: String)
  /// The array's frames have other features than the model takes.
  case otherFeatures(path: String, found: [Int], expected: Int)
  /// The folder holds no checkpoint.
  case noCheckpoint(folder: String)
  /// The folder holds parts of TensorFlow's checkpoints, but none of the kind that is wanted.
  case noTensorFlowCheckpoint(folder: String, kinds: [String])
  /// The folder holds checkpoints, but none can be read.
  case noReadableCheckpoint(folder: String, reasons: [String])
  /// Weights of a checkpoint exist, but not the file next to them that describes them.
  case weightsWithoutRecord(weights: String, record: String)
  /// A checkpoint was written that this program itself cannot read.
  case notReadBack(path: String, reason: String)
  /// A folder of a model lacks a file.
  case incompleteFolder(folder: String, missing: String, purpose: String)
  /// A folder was given where the file in it, one of Parla's own models, was meant.
  case folderOfOwnModel(folder: String, name: String)
  /// A setting in a model's folder is impossible, or asks for what no layer does.
  case unsuitableSetting(path: String, name: String, found: String, expected: String)
  /// A tensor that the settings ask for is missing.
  case missingTensor(path: String, tensor: String)
  /// A tensor has another shape than the settings ask for.
  case otherTensor(path: String, tensor: String, found: [Int], expected: [Int])
  /// A pickle names what is no description of a tensor.
  case codeInPickle(path: String, name: String)
  /// A vocabulary does not belong to the network.
  case unsuitableVocabulary(path: String, found: String, expected: String)
  /// There is no adapter for the language.
  case noAdapter(folder: String, language: String, known: [String])
  /// The network has no last layer that writes labels.
  case withoutHead(path: String, tensor: String)
  /// The folder cannot be written to.
  case unwritableFolder(path: String, reason: String)

  /// Place, what was found, what was expected, what to do.
  public var description: String {
    switch self {
    case .notYAML(let path, let reason):
      "\(path): not YAML: \(reason). Fix the description."
    case .badDescription(let path, let line, let found, let expected):
      "\(path)\(line > 0 ? ":\(line)" : ""): found \(found), expected \(expected)."
    case .badSetting(let name, let found, let expected):
      "\(name): found \(found), expected \(expected)."
    case .unreadable(let path, let reason):
      "\(path): cannot be read: \(reason). Check the path and its permissions."
    case .notAModel(let path, let found):
      """
      \(path): found \(found), expected a model of Parla, DeepSpeech or Coqui STT. If it is one, it may have been cut off: \
      compare its size with the original's.
      """
    case .descriptionAlone(let path):
      """
      \(path): found a description in YAML, expected a model with its weights. Of a Kurfile, make one first: \
      parla export --checkpoint-dir \(path) --export-dir model
      """
    case .noReader(let path):
      """
      \(path): found no model of Parla's own, and no reader of others was passed. For a model of DeepSpeech or Coqui STT, \
      `import ParlaModelExchange` and pass `readers: ModelReader.all`, or convert it once: \
      `parla model import \(path) --output model.safetensors`.
      """
    case .cutOff(let path, let found, let expected):
      "\(path): the file is cut off: found \(found) bytes, expected \(expected). Copy or export it again."
    case .withoutEnd(let path, let found, let kind):
      """
      \(path): the file is cut off: found \(found) bytes of \(kind), but not its end. Copy or export it again.
      """
    case .damaged(let path, let reason):
      "\(path): the file is damaged: \(reason). Copy or export it again."
    case .notFinite(let path, let tensor):
      """
      \(path): \(tensor) holds NaN or infinity, expected finite numbers. Its training went astray, or the file was \
      damaged: take an earlier checkpoint, or copy or export it again.
      """
    case .foreignModel(let path, let found, let expected):
      "\(path): found \(found), expected \(expected). Parla's layers cannot take its place."
    case .alphabetNeeded(let path, let labelCount):
      """
      \(path): found no alphabet, expected one of \(labelCount) labels. \
      Pass it with --alphabet, or put alphabet.txt into the folder\
      \(labelCount == 255 ? "; if its labels are bytes, pass --bytes-output-mode" : "").
      """
    case .unsuitableAlphabet(let path, let found, let expected):
      """
      \(path): the alphabet does not fit: found \(found) labels, expected \(expected), as the model writes. \
      Pass the alphabet that it was trained with.
      """
    case .knownAlphabet(let path, let found, let expected):
      """
      \(path): writes "\(expected)", found the alphabet "\(found)", with which its text would be other characters. \
      Leave --alphabet out: the model has its own.
      """
    case .notExpressible(let format, let found, let expected):
      "\(format): cannot carry \(found), only \(expected). Export to "
        + (format.lowercased().contains("onnx")
          ? "safetensors instead." : "safetensors or onnx instead.")
    case .otherGeometry(let path, let parameter, let found, let expected):
      """
      \(path): its \(parameter) has shape \(found), the network asked for needs \(expected). \
      Train with the settings of the checkpoint, or choose another --checkpoint-dir.
      """
    case .otherLayers(let path, let found, let expected):
      """
      \(path): its layers are \(shortened(found)); the network asked for has \
      \(shortened(expected)). Choose another --checkpoint-dir.
      """
    case .otherAlphabet(let path, let found, let expected):
      """
      \(path): its alphabet is "\(found)", that of the corpus "\(expected)". \
      To carry it over to these characters pass --load-checkpoint-dir \(path) with another \
      --save-checkpoint-dir; to train on as it is pass its own alphabet with --alphabet.
      """
    case .otherFeatures(let path, let found, let expected):
      """
      \(path): an array of shape \(found), expected [frames, \(expected)]. \
      Make it with `parla features`, without --context.
      """
    case .noCheckpoint(let folder):
      "\(folder): found no checkpoint. Train one with `parla train --checkpoint-dir \(folder)`."
    case .noTensorFlowCheckpoint(let folder, let kinds):
      """
      \(folder): found parts of a TensorFlow checkpoint, expected a whole one (\(kinds.joined(separator: " or "))): \
      NAME.index, NAME.data-00000-of-00001 and the file `checkpoint` that names them. Copy what is missing, or choose \
      another folder.
      """
    case .noReadableCheckpoint(let folder, let reasons):
      "\(folder): no checkpoint can be read: \(reasons.joined(separator: " "))"
    case .weightsWithoutRecord(let weights, let record):
      """
      \(weights): found without its record, expected \(record) next to it. Copy that file too; to start \
      from the weights alone, pass --load-checkpoint-dir \(weights) with another --save-checkpoint-dir.
      """
    case .notReadBack(let path, let reason):
      """
      \(path): what was saved cannot be read again, so that the training would be lost: \(reason) \
      Report it with the alphabet; until then train without the characters that it names.
      """
    case .folderOfOwnModel(let folder, let name):
      "\(folder): a folder with a model that Parla has written, expected the file. Pass \(folder.appendingName(name))"
    case .incompleteFolder(let folder, let missing, let purpose):
      """
      \(folder): found no \(missing), expected it for \(purpose). Copy all files of the model into the folder, as \
      transformers' save_pretrained writes them.
      """
    case .unsuitableSetting(let path, let name, let found, let expected):
      """
      \(path): \(name): found \(found), expected \(expected). If the file is as it was downloaded, Parla has no layers \
      for this network: choose another model.
      """
    case .missingTensor(let path, let tensor):
      """
      \(path): found no tensor \(tensor), expected it as config.json describes the network. The two may belong to \
      different models: download both again.
      """
    case .otherTensor(let path, let tensor, let found, let expected):
      """
      \(path): the tensor \(tensor) has shape \(found), expected \(expected), as config.json describes the network. \
      The two may belong to different models: download both again.
      """
    case .codeInPickle(let path, let name):
      """
      \(path): its pickle would call \(name), expected tensors alone: a file with code is not opened. Take the model's \
      model.safetensors, or save its state_dict() alone with torch.save.
      """
    case .unsuitableVocabulary(let path, let found, let expected):
      """
      \(path): found \(found), expected \(expected). Take the vocabulary that the network was trained with.
      """
    case .noAdapter(let folder, let language, let known):
      """
      \(folder): found no adapter of the language "\(language)", expected \
      \(known.isEmpty ? "adapter.\(language).safetensors" : "one of \(known.joined(separator: ", "))"). \
      Copy it into the folder, or pass another --language.
      """
    case .withoutHead(let path, let tensor):
      """
      \(path): found no \(tensor), expected a network that was trained to write text: this one was trained on sound \
      alone. Choose a model for speech recognition (Wav2Vec2ForCTC and its like).
      """
    case .unwritableFolder(let path, let reason):
      "\(path): cannot be written to: \(reason). Choose another folder."
    }
  }
}

extension ModelError {
  /// The error in a description at line `line` of `path`; for an unknown name, the nearest known one is suggested.
  package init(_ problem: DescriptionProblem, path: String, line: Int?) {
    var expected = problem.expected
    let name = problem.found.filter { !"`\"".contains($0) }
    if let nearest = nearestName(to: name, among: problem.known) {
      expected = "`\(nearest)` (\(expected): \(problem.known.joined(separator: ", ")))"
    }
    self = .badDescription(path: path, line: line ?? 0, found: problem.found, expected: expected)
  }
}

/// The first names of a list that may be long: a Conformer has a hundred layers.
private func shortened(_ names: [String]) -> String {
  names.prefix(6).joined(separator: ", ") + (names.count > 6 ? " and \(names.count - 6) more" : "")
}
