"""From a run to something that others use, and what that changes in quality, size and speed.

    import workbench as wb
    wb.shipping.measure(run, [candidate])   # both on a drawn sample of the run's own test set
    wb.shipping.flipped(run, candidate)     # the answers that are other ones
    wb.shipping.compress(run, "int8")       # smaller, and measured
    wb.shipping.export(run, "my-model", format="onnx", weights="int8")
    wb.shipping.of_export(run, "my-model")  # to be measured beside the others
    wb.shipping.serve(run).url              # a server on this machine, until its stop()
    wb.shipping.monitor(run, "new.csv")     # whether new texts are still what it learnt from
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
