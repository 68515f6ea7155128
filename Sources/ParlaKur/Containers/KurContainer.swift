/// An entry of a Kurfile's model with its templates evaluated: a layer, a loop, or the use of a template.
package struct KurContainer: Sendable {
  /// The layer's name in Kurfiles, such as `recurrent`; `meta` for the use of a template.
  package let kind: String
  /// The name by which others refer to it; `..kind.N` where none is given.
  package let name: String
  /// Its way through the Kurfile, for messages.
  package let place: String
  /// The parameters, checked and with their defaults.
  package var parameters = PythonDictionary()
  /// Further names, of which the last container that has one keeps it.
  package var tags: [PythonValue] = []
  /// Names that the first container with one keeps.
  package var oldest: [PythonValue] = []
  /// The containers whose outputs it takes; none for the one before.
  package var inputs: [PythonValue] = []
  /// Whether its output is one of the model's.
  package var isSink = false
  /// Whether its weights stay; nil for as the container around it.
  package var isFrozen: Bool?
  /// Whether it does anything; otherwise it passes its input on.
  package var isActive = true
  /// What a loop, a template or `parallel` consists of.
  package var children: [KurContainer] = []

  /// Itself and all that it consists of.
  var all: [KurContainer] { [self] + children.flatMap(\.all) }

  init(kind: String, name: String, place: String) {
    self.kind = kind
    self.name = name
    self.place = place
  }

  /// The options of an entry in addition to its layer.
  static let settings = ["name", "tag", "oldest", "inputs", "sink", "freeze", "when"]

  /// All names of containers, in the order in which Kur looks for them in an entry.
  static let kinds = [
    "input", "parallel", "expand", "convolution", "reuse", "flatten", "dense", "activation", "pool",
    "recurrent", "batch_normalization", "output", "transpose", "merge", "dropout", "repeat",
    "embedding", "squeeze", "debug", "for", "for_each", "assert",
  ]
}
