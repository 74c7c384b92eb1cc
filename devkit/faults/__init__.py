"""A campaign of random edits and faults against the whole pair, and the checker of what must hold.

``make chaos MINUTES=10 SEED=3``, or ``python -m devkit.faults --help``. The parts, from pure to real:

* :mod:`~devkit.faults.plan`: from a seed to edits and faults, the same each time;
* :mod:`~devkit.faults.truth`: what the driver itself knows of what users did;
* :mod:`~devkit.faults.checker`: what must hold of a history; knows no database and no HTTP;
* :mod:`~devkit.faults.history`: from the accounts of both sides to such a history;
* :mod:`~devkit.faults.site`, :mod:`~devkit.faults.edits`, :mod:`~devkit.faults.kinds`: the world, its users, and
  what breaks;
* :mod:`~devkit.faults.daemon`: the daemon, with a wall clock that jumps;
* :mod:`~devkit.faults.campaign`, :mod:`~devkit.faults.report`: rounds, and their figures.
"""
