from apps.core.events import Event

MODEL_REGISTERED = Event("inventory.model_registered", "inventory.add_model", "A model entered the inventory.")
