# SPDX-License-Identifier: Apache-2.0
"""Mutants of the chips' control threads and cores, in the form of mutants_list.py."""

HANDSHAKE = "platform/chip/handshake.hpp"

MUTANTS = [
    ("a core takes a repeated dispatch word for a new order", [
        (HANDSHAKE, "if (ahead == 0 || ahead > kOrdersUnderWay) return nullptr;",
         "if (ahead > kOrdersUnderWay) return nullptr;"),
    ]),
    ("a core takes the order of the word that it sees, and leaves out the one before", [
        (HANDSHAKE, "return &handshake_->orders[(taken_ + 1) % kOrdersUnderWay];",
         "return &handshake_->orders[word % kOrdersUnderWay];"),
    ]),
    ("a control thread writes over the place of an order that has not finished", [
        (HANDSHAKE, "return under_way() < kOrdersUnderWay;", "return under_way() <= kOrdersUnderWay;"),
    ]),
    ("a core says that it has finished what it has only taken", [
        (HANDSHAKE, "publish(taken_ - 1);", "publish(taken_);"),
    ]),
    ("the dispatch word is written before the order", [
        (HANDSHAKE, "handshake_->orders[sent_ % kOrdersUnderWay] = order;", ""),
        (HANDSHAKE, "handshake_->dispatch.store(sent_, std::memory_order_release); // chip-1",
         "handshake_->dispatch.store(sent_, std::memory_order_release); "
         "handshake_->orders[sent_ % kOrdersUnderWay] = order;"),
    ]),
]

ORDERS = [HANDSHAKE]
