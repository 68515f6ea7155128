/// What would be called.
extension PickleReader {
  mutating func call(_ code: UInt8) throws(PickleFault) {
    switch code {
    case UInt8(ascii: "c"):
      try push(.leaf(.name(try lineName())))
    case 0x93:
      guard case .leaf(.text(let name)) = try pop(), case .leaf(.text(let module)) = try pop()
      else { throw problem("a name that is no text") }
      try push(.leaf(.name(try joined(module, name))))
    case UInt8(ascii: "R"), 0x81:
      guard case .node(let index) = try pop(), case .tuple = nodes[index].kind else {
        throw problem("a call without arguments")
      }
      try make(try pop(), nodes[index].items, height: nodes[index].height)
    case 0x92:
      // No maker takes arguments by name.
      _ = try pop()
      _ = try pop()
      throw PickleFault.call(byte: position, name: try name(try pop()))
    case UInt8(ascii: "i"):
      let name = try lineName()
      let arguments = try popToMark()
      try make(.leaf(.name(name)), arguments, height: try height(above: arguments))
    case UInt8(ascii: "o"):
      let items = try popToMark()
      guard let first = items.first else { throw problem("a call of nothing") }
      let arguments = Array(items.dropFirst())
      try make(first, arguments, height: try height(above: arguments))
    case UInt8(ascii: "b"):
      let state = try pop()
      try give(state)
    case UInt8(ascii: "Q") where hasReferences:
      let identifier = try pop()
      try make(.reference, [identifier])
    default:
      throw problem(
        "the instruction 0x\(String(code, radix: 16)), expected one that describes data")
    }
  }

  private mutating func lineName() throws(PickleFault) -> String {
    let module = try lineText()
    return try joined(module, try lineText())
  }

  private mutating func joined(_ module: String, _ name: String) throws(PickleFault) -> String {
    let length = module.utf8.count + name.utf8.count
    guard length < Self.longestName else {
      throw problem("a name of more than \(Self.longestName) bytes")
    }
    try spend(length)
    return "\(module).\(name)"
  }

  private func name(_ item: PickleItem) throws(PickleFault) -> String {
    guard case .leaf(.name(let name)) = item else { throw problem("a call of what is no name") }
    return name
  }

  /// Puts on the stack what stands for a call of `function`.
  ///
  /// `height` is that of the arguments, which may be looked at only once: few bytes call with the same ones again.
  private mutating func make(
    _ function: PickleItem, _ arguments: [PickleItem], height: Int
  ) throws(PickleFault) {
    let name = try name(function)
    switch makers[name] {
    case .mapping: try make(.dictionary, try mapping(arguments))
    case .bytes: try push(.leaf(.bytes(try latin1(arguments))))
    case .object: try make(.object(name: name), arguments, height: height)
    case nil: throw .call(byte: position, name: name)
    }
  }

  /// The keys and values of a list of pairs.
  private mutating func mapping(_ arguments: [PickleItem]) throws(PickleFault) -> [PickleItem] {
    guard let first = arguments.first else { return [] }
    guard arguments.count == 1, case .node(let list) = first, case .list = nodes[list].kind else {
      throw problem("a mapping of no pairs")
    }
    try spend(2 * nodes[list].items.count)
    var items: [PickleItem] = []
    for item in nodes[list].items {
      guard case .node(let pair) = item, nodes[pair].items.count == 2 else {
        throw problem("a mapping of no pairs")
      }
      items += nodes[pair].items
    }
    return items
  }

  private mutating func latin1(_ arguments: [PickleItem]) throws(PickleFault) -> [UInt8] {
    switch arguments.first {
    case nil: return []
    case .leaf(.bytes(let bytes))?: return bytes
    case .leaf(.text(let text))?:
      try spend(text.utf8.count)
      var bytes: [UInt8] = []
      bytes.reserveCapacity(text.utf8.count)
      for scalar in text.unicodeScalars {
        guard let byte = UInt8(exactly: scalar.value) else {
          throw problem("a text for bytes that has \(scalar)")
        }
        bytes.append(byte)
      }
      return bytes
    default: throw problem("bytes of no text")
    }
  }

  /// Gives the object on the stack its state.
  private mutating func give(_ state: PickleItem) throws(PickleFault) {
    guard case .node(let index)? = top else { throw problem("state for what is no object") }
    switch nodes[index].kind {
    case .object:
      nodes[index].state = state
      nodes[index].height = max(nodes[index].height, try height(above: [state]))
    // Attributes of a mapping besides its content, such as the versions of modules.
    case .dictionary: break
    case .tuple, .list, .reference: throw problem("state for what is no object")
    }
  }
}
