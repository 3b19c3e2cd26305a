// SPDX-License-Identifier: MIT

import Interchange
import Store
import Terminal

extension Annotation {
  /// The fields of the `--json` contract.
  var json: JSONObject { ContractFields.annotation(self) }
}
