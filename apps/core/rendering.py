"""Forms look the house's way wherever a template writes {{ form }}."""

from django.forms.renderers import TemplatesSetting


class HouseForms(TemplatesSetting):
    """Reads templates/forms/; widgets stay Django's own. Needs "django.forms" among the installed apps."""

    form_template_name = "forms/form.html"
    field_template_name = "forms/field.html"
