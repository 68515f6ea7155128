/// Tuples, lists and mappings, and the memory.
extension PickleReader {
  /// Makes containers of what is on the stack, or adds to them, if `code` says so.
  mutating func container(_ code: UInt8) throws(PickleFault) -> Bool {
    switch code {
    case UInt8(ascii: "("): marks.append(stack.count)
    case UInt8(ascii: "0"):
      // CPython lets this take away a mark too.
      if let mark = marks.last, mark == stack.count { marks.removeLast() } else { _ = try pop() }
    case UInt8(ascii: "1"): _ = try popToMark()
    case UInt8(ascii: "2"):
      guard let top else { throw problem("nothing on the stack") }
      try push(top)
    case UInt8(ascii: "]"): try make(.list, [])
    case UInt8(ascii: "l"): try make(.list, try popToMark())
    case UInt8(ascii: ")"): try make(.tuple, [])
    case UInt8(ascii: "t"): try make(.tuple, try popToMark())
    case 0x85...0x87:
      var items: [PickleItem] = []
      for _ in 0x85...code { items.append(try pop()) }
      try make(.tuple, items.reversed())
    case UInt8(ascii: "}"): try make(.dictionary, [])
    case UInt8(ascii: "d"): try make(.dictionary, try pairs(try popToMark()))
    case UInt8(ascii: "a"):
      let item = try pop()
      try add([item])
    case UInt8(ascii: "e"):
      let items = try popToMark()
      try add(items)
    case UInt8(ascii: "s"):
      let value = try pop()
      let key = try pop()
      try insert([key, value])
    case UInt8(ascii: "u"):
      let items = try popToMark()
      try insert(try pairs(items))
    default: return false
    }
    return true
  }

  /// Puts a container on the stack.
  mutating func make(_ kind: PickleNode.Kind, _ items: [PickleItem]) throws(PickleFault) {
    try make(kind, items, height: try height(above: items))
  }

  mutating func make(
    _ kind: PickleNode.Kind, _ items: [PickleItem], height: Int
  ) throws(PickleFault) {
    nodes.append(PickleNode(kind: kind, items: items, height: height))
    try push(.node(nodes.count - 1))
  }

  private func pairs(_ items: [PickleItem]) throws(PickleFault) -> [PickleItem] {
    guard items.count % 2 == 0 else { throw problem("a key without its value") }
    return items
  }

  private mutating func add(_ items: [PickleItem]) throws(PickleFault) {
    guard case .node(let index)? = top, case .list = nodes[index].kind else {
      throw problem("no list to append to")
    }
    try add(items, to: index)
  }

  private mutating func insert(_ items: [PickleItem]) throws(PickleFault) {
    guard case .node(let index)? = top, case .dictionary = nodes[index].kind else {
      throw problem("no mapping to add to")
    }
    try add(items, to: index)
  }

  private mutating func add(_ items: [PickleItem], to index: Int) throws(PickleFault) {
    nodes[index].items += items
    nodes[index].height = max(nodes[index].height, try height(above: items))
  }

  /// The height of what contains `items`.
  func height(above items: [PickleItem]) throws(PickleFault) -> Int {
    var height = 0
    for case .node(let index) in items { height = max(height, nodes[index].height) }
    guard height < Self.deepest else { throw tooDeep }
    return height + 1
  }

  var tooDeep: PickleFault {
    problem("more than \(Self.deepest) tuples, lists or mappings within each other")
  }

  /// Remembers or recalls a value, if `code` says so.
  mutating func remembered(_ code: UInt8) throws(PickleFault) -> Bool {
    let number: Int
    switch code {
    case UInt8(ascii: "p"), UInt8(ascii: "g"):
      guard let spelled = Int(try lineText()) else { throw problem("no number of memory") }
      number = spelled
    case UInt8(ascii: "q"), UInt8(ascii: "h"): number = Int(try byte())
    case UInt8(ascii: "r"), UInt8(ascii: "j"): number = try integer(4)
    case 0x94: number = memory.count
    default: return false
    }
    if [UInt8(ascii: "g"), UInt8(ascii: "h"), UInt8(ascii: "j")].contains(code) {
      guard let item = memory[number] else { throw problem("nothing remembered as \(number)") }
      try push(item)
    } else {
      guard let top else { throw problem("nothing on the stack") }
      memory[number] = top
    }
    return true
  }
}
