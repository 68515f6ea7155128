/// The value that a pickle describes, once it is read: a tree that is not too deep and not too large.
extension PickleReader {
  /// A value and how large and deep it is.
  private struct Branch {
    let value: PickleValue
    let size: Int
    let height: Int
  }

  private enum Progress {
    case begun
    case finished(Branch)
  }

  mutating func tree(_ root: PickleItem) throws(PickleFault) -> PickleValue {
    var progress = [Progress?](repeating: nil, count: nodes.count)
    return try branch(root, within: 0, &progress).value
  }

  /// The value of `item`, which `depth` containers contain; of what is shared there is one.
  private mutating func branch(
    _ item: PickleItem, within depth: Int, _ progress: inout [Progress?]
  ) throws(PickleFault) -> Branch {
    guard case .node(let index) = item else { return Self.leaf(item) }
    guard depth < Self.deepest else { throw tooDeep }
    switch progress[index] {
    case .begun?: throw problem("a list or mapping that contains itself")
    case .finished(let branch)?:
      guard depth + branch.height <= Self.deepest else { throw tooDeep }
      return branch
    case nil: break
    }
    progress[index] = .begun
    let node = nodes[index]
    nodes[index].items = []
    var (values, size, height): ([PickleValue], Int, Int) = ([], 1, 0)
    values.reserveCapacity(node.items.count + 1)
    for item in node.items + (node.state.map { [$0] } ?? []) {
      let branch = try branch(item, within: depth + 1, &progress)
      values.append(branch.value)
      size += branch.size
      height = max(height, branch.height)
      guard size <= sizeLimit else {
        throw problem("values that are repeated more often than memory should hold")
      }
    }
    let state = node.state == nil ? nil : values.popLast()
    let branch = Branch(
      value: Self.value(node.kind, values, state), size: size, height: height + 1)
    progress[index] = .finished(branch)
    return branch
  }

  private static func leaf(_ item: PickleItem) -> Branch {
    guard case .leaf(let value) = item else { return Branch(value: .none, size: 1, height: 0) }
    let size =
      switch value {
      case .text(let text): 1 + text.utf8.count
      case .bytes(let bytes): 1 + bytes.count
      default: 1
      }
    return Branch(value: value, size: size, height: 0)
  }

  private static func value(
    _ kind: PickleNode.Kind, _ values: [PickleValue], _ state: PickleValue?
  ) -> PickleValue {
    switch kind {
    case .tuple: .tuple(values)
    case .list: .list(values)
    case .dictionary: .dictionary(pairs(values))
    case .object(let name): .object(PickledObject(name: name, arguments: values, state: state))
    case .reference: .reference(values.first ?? .none)
    }
  }

  private static func pairs(_ values: [PickleValue]) -> [(key: PickleValue, value: PickleValue)] {
    var pairs: [(key: PickleValue, value: PickleValue)] = []
    pairs.reserveCapacity(values.count / 2)
    var places: [String: Int] = [:]
    for index in stride(from: 0, to: values.count, by: 2) {
      if case .text(let name) = values[index] {
        if let place = places[name] {
          pairs[place].value = values[index + 1]
          continue
        }
        places[name] = pairs.count
      }
      pairs.append((values[index], values[index + 1]))
    }
    return pairs
  }
}
