"""Gym and Gymnasium: the sizes of what the usual environments show and of what an agent does, as their documentation says."""

from torch._registry import unknown


class Box:
    def __init__(self, low=None, high=None, shape=None, dtype=None, seed=None):
        self.low, self.high, self.dtype = low, high, dtype
        self.shape = tuple(shape) if shape is not None else tuple(getattr(low, "shape", ()))

    def sample(self):
        return unknown("a random action")


class Discrete:
    shape = ()
    dtype = "int64"

    def __init__(self, n, seed=None, start=0):
        self.n = n
        self.start = start

    def sample(self):
        return unknown("a random action")


class spaces:
    Box = Box
    Discrete = Discrete


# Sizes of an observation; how many actions there are, or the size and bound of one.
_classic = {
    "CartPole": ((4,), 2),
    "MountainCar": ((2,), 3),
    "MountainCarContinuous": ((2,), ((1,), 1.0)),
    "Pendulum": ((3,), ((1,), 2.0)),
    "Acrobot": ((6,), 3),
    "LunarLander": ((8,), 4),
    "LunarLanderContinuous": ((8,), ((2,), 1.0)),
    "BipedalWalker": ((24,), ((4,), 1.0)),
    "BipedalWalkerHardcore": ((24,), ((4,), 1.0)),
    "CarRacing": ((96, 96, 3), ((3,), 1.0)),
    "FrozenLake": (16, 4),
    "FrozenLake8x8": (64, 4),
    "Taxi": (500, 6),
    "CliffWalking": (48, 4),
    "HalfCheetah": ((17,), ((6,), 1.0)),
    "Hopper": ((11,), ((3,), 1.0)),
    "Walker2d": ((17,), ((6,), 1.0)),
    "Swimmer": ((8,), ((2,), 1.0)),
    "InvertedPendulum": ((4,), ((1,), 3.0)),
}

# Observations whose size differs between versions, by version.
_observed = {
    "Ant": {2: (111,), 3: (111,), 4: (27,), 5: (105,)},
    "Reacher": {2: (11,), 4: (11,), 5: (10,)},
    "InvertedDoublePendulum": {2: (11,), 4: (11,), 5: (9,)},
}
_actions = {"Ant": ((8,), 1.0), "Reacher": ((2,), 1.0), "InvertedDoublePendulum": ((1,), 1.0)}

# Settings that leave the sizes as they are.
_neutral = {
    "render_mode",
    "max_episode_steps",
    "disable_env_checker",
    "autoreset",
    "apply_api_compatibility",
    "new_step_api",
    "is_slippery",
    "frameskip",
    "repeat_action_probability",
    "gravity",
    "enable_wind",
    "wind_power",
    "turbulence_power",
    "hardcore",
    "g",
}

# Games of the Atari 2600 with the smallest set of actions, of which some have all the 18.
_atari = {
    "Breakout": 4,
    "Pong": 6,
    "SpaceInvaders": 6,
    "Qbert": 6,
    "Seaquest": 18,
    "BeamRider": 9,
    "Enduro": 9,
    "MsPacman": 9,
    "Boxing": 18,
    "Freeway": 3,
    "MontezumaRevenge": 18,
}


def _space(described):
    if isinstance(described, int):
        return Discrete(described)
    return Box(shape=described)


class Env:
    """An environment that is not run."""

    metadata = {}
    reward_range = (-float("inf"), float("inf"))

    def __init__(self, *args, **kwargs):
        self._max_episode_steps = unknown("the length of an episode")

    @property
    def unwrapped(self):
        return self

    def reset(self, *args, **kwargs):
        return unknown("what an environment shows, which is not run")

    step = render = reset

    def seed(self, *args, **kwargs):
        pass

    def close(self):
        pass


class Wrapper(Env):
    def __init__(self, env, *args, **kwargs):
        self.env = env
        self.observation_space = env.observation_space
        self.action_space = env.action_space


ObservationWrapper = ActionWrapper = RewardWrapper = Wrapper


class wrappers:
    Monitor = RecordVideo = TimeLimit = RecordEpisodeStatistics = staticmethod(lambda env, *args, **kwargs: env)


def make(id, *args, **kwargs):
    name = id.split("/")[-1].rsplit("-v", 1)[0]
    for suffix in ("NoFrameskip", "Deterministic"):
        name = name.replace(suffix, "")
    version = id.rsplit("-v", 1)[-1]
    others = [key for key in kwargs if key not in _neutral]
    if others:
        return unknown(f"the sizes of the environment {id} with {', '.join(others)}")
    if name in _classic:
        shown, done = _classic[name]
    elif name in _observed and version.isdigit() and int(version) in _observed[name]:
        shown, done = _observed[name][int(version)], _actions[name]
    elif name.removesuffix("-ram") in _atari:
        shown = (128,) if name.endswith("-ram") else (210, 160, 3)
        done = _atari[name.removesuffix("-ram")]
    else:
        return unknown(f"the sizes of the environment {id}")
    env = Env()
    env.observation_space = _space(shown)
    env.action_space = _space(done) if isinstance(done, int) else Box(-done[1], done[1], done[0])
    return env


def __getattr__(name):
    return unknown(f"gym.{name} is not read")
