/// What has to be done when a signal ends the program: files under temporary names are removed, other programs are ended.
///
/// Signals are a matter of the whole process, and so is this list. It is empty most of the time: where the file system lets
/// it, what is temporary has no name, and the system takes it away however the process ends.
package enum AbruptEnd {
  private struct List {
    var actions: [Int: @Sendable () -> Void] = [:]
    var nextNumber = 0
  }

  private static let list = Guarded(List())

  /// Does all that is listed, the latest first, and then `last`; meanwhile nothing is taken off the list, so that who is about
  /// to tidy up or to complain waits for the end.
  package static func happen(_ last: () -> Void) {
    list.withLock { list in
      for (_, action) in list.actions.sorted(by: { $0.key > $1.key }) { action() }
      list.actions = [:]
      last()
    }
  }

  fileprivate static func add(_ action: @escaping @Sendable () -> Void) -> Int {
    list.withLock { list in
      list.nextNumber += 1
      list.actions[list.nextNumber] = action
      return list.nextNumber
    }
  }

  fileprivate static func remove(_ number: Int) {
    list.withLock { list in list.actions[number] = nil }
  }
}

/// Something that is done should a signal end the program, for as long as this lives.
package final class AbruptEndAction: Sendable {
  private let number: Int

  /// Lists `action`.
  package init(_ action: @escaping @Sendable () -> Void) { number = AbruptEnd.add(action) }

  deinit { AbruptEnd.remove(number) }
}
